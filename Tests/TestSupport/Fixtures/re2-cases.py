#!/usr/bin/env python3
"""Says what RE2 makes of patterns by hand and generated ones, with texts; one JSON object a line.

Usage: re2-cases.py COUNT SEED   (with a Python that has google-re2)
A line is {"pattern", "error"} or {"pattern", "texts", "whole", "found"}; the last two are a 0 or 1 for each text.
"""
import json, random, sys
import re2

quiet = re2.Options()
quiet.log_errors = False
count, seed = int(sys.argv[1]), int(sys.argv[2])
dice = random.Random(seed)

PARTS = [
    'a', 'b', 'c', 'k', 'K', 's', 'é', 'ß', '\u212a', 'ſ', 'Σ', 'ς', 'σ', '.', '^', '$', '\\b', '\\B', '\\A', '\\z',
    '\\d', '\\D', '\\s', '\\S', '\\w', '\\W', '[abc]', '[^abc]', '[a-c]', '[^a-z]', '[[:alpha:]]', '[[:^alpha:]]',
    '[[:word:]x]', '[\\d\\s]', '[^\\W_]', '\\pL', '\\p{Greek}', '\\P{Lu}', '\\p{^Han}', '\\pN', '[\\p{Ll}\\pN]',
    '[^\\PL]', '\\n', '\\t', '\\x41', '\\x{1F600}', '\\x{e9}', '\\101', '\\0', '\\Qa.b*\\E', '\\.', '\\-', '\\_', '-',
    ' ', '\n', '1', '0', 'x', '日', '[à-ü]', '[]a]', '[^]a]', '[a-]', '[-a]', '()', '(?:)', '{', '}', '{,2}', 'a{,3}',
    ',', '_', '[ĀāĂ]', '\\p{Lt}', '\\p{Any}', '\\p{Zs}', '\\p{Cs}', '\\pC', '\\pM', '\\p{Common}', '[\\x00-\\x1f]',
    '[[:punct:]]', '[[:space:]]', '[[:xdigit:][:blank:]]', '\\v', '\\f', '\\a', '\\pZ', '\\pS', '\\pP',
]
ODD = [
    '(?=a)', '(?!a)', '(?<=a)', '(?<!a)', '\\1', '\\8', '\\Z', '\\q', '[z-a]', '[[:foo:]]', '\\p{Foo}', '[a', '(',
    '(?P<n', '(?P=n)', '(?#c)', '(?>a)', 'a**', 'x{1001}', 'x{2,1}', '\\', ')', '\\x{110000}', '\\xg', '(?P<1a>b)',
    '(?<é>b)', '(?P<a b>x)', '[\\8]', '[a-\\d]', '[\\b]', '\\e', '\\cA', '\\u0041', '(?i-)', '(?-)', '(?x)',
    '(?i--s)', '[[:alpha:]', '[[.a.]]', '[[=a=]]', '\\pX', '\\p', '\\p{', '\\p{^}', '\\pé', 'a++', 'a{1}{2}', '\\x',
    '\\x{}', '(?', '(?<', '(?P<', '(?P<>a)', '\\E', '[]', '[^]', '{1}', '*', '+a', '|*', '(*a)', '(|*)', '\\é', '\\00',
    '\\08', '\\777', '\\400', '[\\Qa\\E]', 'a{1000}{2}', '(?P<n>a)(?P<n>b)', '((a{100}){10}){10}', 'a{1000}',
    '(a{500}){2}', '(a{501}){2}', '((x{500}){0}){3}', 'a{01}', 'a{1,02}', 'a{100000000000}', 'a{,}', 'a{ 1}',
    '(((((a*)*)*)*)*)*b', '(?:a?){30}a{30}', '(a|a)*b', '(x+x+)+y', '^(a+)+$', '(.*)*$', '(?i)(?-i)a', '(?i:a)b',
]
BY_HAND = [
    ('^(5|4)[0-9]{2}$', ['500', '404', '5000', '']), ('.*Mobile.*', ['x Mobile y', 'mobile', 'Mobile\n']),
    ('(?i)mobile|tablet', ['MOBILE', 'a Tablet', 'desk']), ('/api/v[12]/.*', ['/api/v1/x', '/api/v3/x']),
    ('^(.*?; ?)?(user=jason)(;.*)?$', ['user=jason', 'a=b; user=jason; c=d', 'user=jasonx', 'a=b;user=jason']),
    ('https://([a-z0-9-]+\\.)*example\\.com(:[0-9]+)?', ['https://a.b.example.com:80', 'https://examplexcom']),
    ('a$b', ['a$b', 'ab']), ('(?m)^a$', ['b\na\nc', 'ba']), ('\\Aa\\z', ['a', 'a\n']), ('', ['', 'a']),
    ('(|a)*', ['aaa', 'b']), ('(?:^)*a', ['a', 'ba']), ('(\\b)+a', ['a', 'ba']), ('[^\\n]', ['\n', 'é']),
]
LETTERS = 'aabbccAkKsSé ßẞ\u212aſΣςσ\n\t1029_-.,xX日AÀÿĀāă😀 {}]e^\x00ǅǆ\x0b\x7f\u2028\u0301'


def part(depth):
    r = dice.random()
    if depth <= 0 or r < 0.3:
        return dice.choice(PARTS)
    if r < 0.55:
        return ''.join(part(depth - 1) for _ in range(dice.randint(1, 4)))
    if r < 0.68:
        return '|'.join(part(depth - 1) for _ in range(dice.randint(2, 3)))
    if r < 0.85:
        times = dice.choice(['*', '+', '?', '*?', '+?', '??', '{2}', '{1,3}', '{0,2}', '{2,}', '{0}', '{0,}', '{1}',
                             '{3}?', '{1,2}?', '{0,1}'])
        if dice.random() < 0.5:
            return dice.choice(PARTS) + times
        return '(' + dice.choice(['', '?:', '?P<n%d>' % dice.randint(0, 99), '?<m>']) + part(depth - 1) + ')' + times
    if r < 0.95:
        return '(' + dice.choice(['?i:', '?s:', '?m:', '?U:', '?i-s:', '?ms:', '?-i:', '?im-s:']) + part(depth - 1) + ')'
    return dice.choice(['(?i)', '(?s)', '(?m)', '(?U)', '(?-i)', '(?i)(?m)']) + part(depth - 1)


def broken(pattern):
    letters = list(pattern)
    for _ in range(dice.randint(1, 2)):
        place, r = dice.randint(0, len(letters)), dice.random()
        if r < 0.4 and letters:
            letters.pop(min(place, len(letters) - 1))
        elif r < 0.8:
            letters.insert(place, dice.choice('()[]{}*+?|\\^$.-,:<>PiQEpxdb&=!0189aZ'))
        else:
            letters.insert(place, dice.choice(ODD))
    return ''.join(letters)


def text():
    return ''.join(dice.choice(LETTERS) for _ in range(dice.choice([0, 1, 1, 2, 2, 3, 4, 5, 6, 8, 12])))


def cases():
    yield from BY_HAND
    for odd in ODD:
        for form in ['%s', 'a%s', '(%s)', 'a|%s', '%sb', '(?i)%s', '[%s]', '%s*']:
            yield form % odd, []
    for one in PARTS:
        for form in ['%s', '%s*', '(?i)%s', '(?i)[%s]', '[%s]', '[^%s]', '(?i)[^%s]', '(%s)+', '^%s$', '(?m)^%s$',
                     '\\B%s', '%s\\b', '%s?', '(?s)%s', 'x%s{2,3}']:
            yield form % one, []
    while True:
        pattern, r = part(dice.randint(1, 4)), dice.random()
        if r < 0.25:
            pattern = broken(pattern)
        elif r < 0.3:
            pattern += dice.choice(ODD)
        yield pattern[:400], []


for number, (pattern, texts) in enumerate(cases()):
    if number == count:
        break
    try:
        compiled = re2.compile(pattern, quiet)
    except re2.error as error:
        print(json.dumps({'pattern': pattern, 'error': error.args[0].decode(errors='replace')}))
        continue
    texts = texts + [text() for _ in range(12)] + ['', 'a', 'ab', '\n', 'a\nb', 'é', 'k']
    print(json.dumps({
        'pattern': pattern, 'texts': texts,
        'whole': [int(bool(compiled.fullmatch(one))) for one in texts],
        'found': [int(bool(compiled.search(one))) for one in texts],
    }))
