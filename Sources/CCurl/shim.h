// Variadic libcurl calls, one wrapper per argument type: Swift cannot call variadic C functions.
#ifndef MESHTOP_CCURL_H
#define MESHTOP_CCURL_H
#define CURL_DISABLE_TYPECHECK 1
#include <curl/curl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <sys/socket.h>

typedef size_t (*mt_data_callback)(char *data, size_t size, size_t count, void *context);
typedef int (*mt_progress_callback)(void *context, curl_off_t dltotal, curl_off_t dlnow, curl_off_t ultotal, curl_off_t ulnow);

static inline CURLcode mt_setopt_long(CURL *h, CURLoption o, long v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode mt_setopt_off(CURL *h, CURLoption o, curl_off_t v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode mt_setopt_string(CURL *h, CURLoption o, const char *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode mt_setopt_pointer(CURL *h, CURLoption o, void *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode mt_setopt_list(CURL *h, CURLoption o, struct curl_slist *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode mt_setopt_data(CURL *h, CURLoption o, mt_data_callback v) { return curl_easy_setopt(h, o, v); }
// The blob is copied by libcurl (CURL_BLOB_COPY), so the caller's bytes may go away.
static inline CURLcode mt_setopt_blob(CURL *h, CURLoption o, const void *data, size_t length) {
    struct curl_blob blob = {(void *)data, length, CURL_BLOB_COPY};
    return curl_easy_setopt(h, o, &blob);
}
static inline CURLcode mt_getinfo_long(CURL *h, CURLINFO i, long *v) { return curl_easy_getinfo(h, i, v); }
static inline CURLcode mt_getinfo_pointer(CURL *h, CURLINFO i, void **v) { return curl_easy_getinfo(h, i, v); }
static inline CURLMcode mt_multi_setopt_long(CURLM *m, CURLMoption o, long v) { return curl_multi_setopt(m, o, v); }
// CURLAUTH_* are casts.
static const unsigned long mt_auth_basic = CURLAUTH_BASIC;
// libcurl of Debian 12 has no option for either: how many keepalive probes may go unanswered, and how long sent data
// may stay unacknowledged, in milliseconds. Both packed into the callback's pointer, so that nothing needs an owner.
static inline int mt_silence_callback(void *packed, curl_socket_t socket, curlsocktype purpose) {
    int probes = (int)((uintptr_t)packed >> 32), milliseconds = (int)((uintptr_t)packed & 0xFFFFFFFF);
    if (purpose == CURLSOCKTYPE_IPCXN) {
        setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
        setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
    }
    return CURL_SOCKOPT_OK;
}
static inline void mt_bound_silence(CURL *handle, int probes, int milliseconds) {
    curl_easy_setopt(handle, CURLOPT_SOCKOPTFUNCTION, mt_silence_callback);
    curl_easy_setopt(handle, CURLOPT_SOCKOPTDATA, (void *)(((uintptr_t)probes << 32) | (uintptr_t)milliseconds));
}
#endif
