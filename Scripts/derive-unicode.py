#!/usr/bin/env python3
"""Derives the table of Unicode classes and of case folding that patterns use, by asking RE2 itself.

Facts only: which code points a class holds, and which are the same letter in another case.
Usage: Scripts/derive-unicode.py > Sources/Base/Patterns/UnicodeTable.swift
       (with .build/re2/bin/python3, which Scripts/install-re2.sh makes)

Numbers are in base 36. A class is its ranges: `gap+length`, the gap counted from the end of the range before, `+length`
left out for one code point, `*times` for the same range again. Surrogates are in no text, and so in no class but Cs.
Case folding is runs of `gap:count:stride:delta`: each of `count` code points, `stride` apart, goes to itself plus delta;
going on from there one comes back, and has seen every form of the letter.
"""
import re2

CATEGORIES = """Cc Cf Co Ll Lm Lo Lt Lu Mc Me Mn Nd Nl No Pc Pd Pe Pf Pi Po Ps Sc Sk Sm So Zl Zp Zs""".split()
UNIONS = {"L": "Ll Lm Lo Lt Lu", "M": "Mc Me Mn", "N": "Nd Nl No", "P": "Pc Pd Pe Pf Pi Po Ps", "S": "Sc Sk Sm So",
          "Z": "Zl Zp Zs", "C": "Cc Cf Co"}
SCRIPTS = """Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki
Bopomofo Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee Chorasmian
Common Coptic Cuneiform Cypriot Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru Dogra Duployan
Egyptian_Hieroglyphs Elbasan Elymaic Ethiopic Garay Georgian Glagolitic Gothic Grantha Greek Gujarati Gunjala_Gondi
Gurmukhi Gurung_Khema Han Hangul Hanifi_Rohingya Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic Inherited
Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kawi Kayah_Li Kharoshthi
Khitan_Small_Script Khmer Khojki Khudawadi Kirat_Rai Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian
Mahajani Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi Medefaidrin Meetei_Mayek Mende_Kikakui
Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar Nabataean Nag_Mundari Nandinagari
New_Tai_Lue Newa Nko Nushu Nyiakeng_Puachue_Hmong Ogham Ol_Chiki Ol_Onal Old_Hungarian Old_Italic Old_North_Arabian
Old_Permic Old_Persian Old_Sogdian Old_South_Arabian Old_Turkic Old_Uyghur Oriya Osage Osmanya Pahawh_Hmong Palmyrene
Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan Saurashtra Sharada Shavian Siddham SignWriting
Sinhala Sogdian Sora_Sompeng Soyombo Sundanese Sunuwar Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet
Takri Tamil Tangsa Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta Todhri Toto Tulu_Tigalari Ugaritic Vai Vithkuqi
Wancho Warang_Citi Yezidi Yi Zanabazar_Square""".split()

quiet = re2.Options()
quiet.log_errors = False
everything = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
text = "".join(map(chr, everything)).encode()


def base36(n):
    sign, n, digits = ("-" if n < 0 else ""), abs(n), ""
    while True:
        n, d = divmod(n, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[d] + digits
        if n == 0:
            return sign + digits


def ranges(pattern):
    found = []
    for match in re2.finditer(f"(?:{pattern})+".encode(), text, quiet):
        run = match.group().decode()
        lo, hi = ord(run[0]), ord(run[-1])
        # The text goes from U+D7FF to U+E000: a run over that place is two.
        for part in [(lo, min(hi, 0xD7FF)), (max(lo, 0xE000), hi)]:
            if part[0] <= part[1]:
                found.append(part)
    return found


def written(found):
    words, end = [], 0
    for lo, hi in found:
        word = base36(lo - end) + ("" if hi == lo else "+" + base36(hi - lo + 1))
        if words and words[-1][0] == word:
            words[-1][1] += 1
        else:
            words.append([word, 1])
        end = hi + 1
    return " ".join(w if n == 1 else f"{w}*{base36(n)}" for w, n in words)


def folding():
    # Letters with another case as Python or RE2 sees them, then the cycle as RE2 sees it.
    cased = [c for c in everything if any(f(chr(c)) != chr(c) for f in (str.lower, str.upper, str.title, str.casefold))]
    candidates = set(cased)
    for c in cased:
        for f in (str.lower, str.upper, str.title, str.casefold):
            candidates.update(map(ord, f(chr(c))))
    some = "".join(map(chr, sorted(candidates))).encode()
    step = {}
    for c in sorted(candidates):
        forms = sorted(ord(m.group().decode()) for m in re2.finditer(b"(?i)\\x{%x}" % c, some, quiet))
        if len(forms) > 1:
            step[c] = forms[(forms.index(c) + 1) % len(forms)] - c
    # No letter outside the candidates folds: RE2 says so of each of the others at once.
    others = "".join(chr(c) for c in everything if c not in candidates)
    for c in step:
        assert not re2.search(b"(?i)\\x{%x}" % c, others.encode(), quiet), hex(c)
    runs, left, end = [], sorted(step), 0
    taken = set()
    for c in left:
        if c in taken:
            continue
        best = (1, 1)
        for stride in (1, 2):
            n = 1
            while step.get(c + n * stride) == step[c] and c + n * stride not in taken:
                n += 1
            if n > best[0]:
                best = (n, stride)
        taken.update(range(c, c + best[0] * best[1], best[1]))
        runs.append((c, best[0], best[1], step[c]))
    words = []
    for c, count, stride, delta in runs:
        words.append(":".join(map(base36, (c - end, count, stride, delta))))
        end = c
    return " ".join(words)


def lines(words):
    out, line = [], ""
    for word in words.split():
        if len(line) + len(word) > 110:
            out.append(line.rstrip())
            line = ""
        line += word + " "
    return out + [line.rstrip()]


def main():
    for name, parts in UNIONS.items():
        # RE2's C holds the surrogates too, which no text has.
        together = ranges("[" + "".join(f"\\p{{{p}}}" for p in parts.split()) + "]")
        assert together == ranges(f"\\p{{{name}}}"), name
    print("// Unicode's classes and case folding as RE2 has them. Written by Scripts/derive-unicode.py; not by hand.")
    print()
    print("enum UnicodeTable {")
    print("    /// A class a paragraph: its name and a colon, then its ranges; the script says how they are written.")
    print('    static let classes = """')
    for name in sorted(CATEGORIES + SCRIPTS):
        try:
            re2.compile(f"\\p{{{name}}}", quiet)
        except re2.error:
            continue  # newer than this RE2
        for line in lines(f"{name}: {written(ranges(chr(92) + 'p{' + name + '}'))}"):
            print(f"        {line}")
    print('        """')
    print()
    print("    /// Letters with other forms: where each goes next.")
    print('    static let folding = """')
    for line in lines(folding()):
        print(f"        {line}")
    print('        """')
    print("}")


main()
