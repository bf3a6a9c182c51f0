/* What shipped a log wraps every line: in a prefix (Kubernetes, Compose, syslog), or JSON (Docker).
 *
 * Which wrapper it is, and whether it is one, Python says of one line of each frame.
 */
#ifndef TUNER_WRAPPERS_H
#define TUNER_WRAPPERS_H

#include "bytes.h"

enum { LONGEST_PREFIX = 256, LONGEST_SUFFIX = 400 };

static const char OPENING[] = "{\"message\": \"";
static const char DOCKER[] = "{\"log\":\"", SUFFIX[] = "\\n\",\"stream\":\"";

/* Where LiveKit's JSON begins in a line; the line's beginning if it is not there. */
static const char *opening(const char *start, const char *end) {
    const char *p = start, *most = end - p > LONGEST_PREFIX ? p + LONGEST_PREFIX : end;
    if (BEGINS(p, end, OPENING)) return p;
    for (; (p = memchr(p, '{', (size_t)(most - p))) != NULL; p++)
        if (BEGINS(p, end, OPENING)) return p;
    return start;
}

/* How long Docker's own fields are, from the end of the log on; 0 if they are not there. */
static int32_t suffix(const char *p, const char *end) {
    const char *least = end - p > LONGEST_SUFFIX ? end - LONGEST_SUFFIX : p;
    for (const char *at = end - LENGTH(SUFFIX); at >= least; at--)
        if (*at == '\\' && BEGINS(at, end, SUFFIX)) return (int32_t)(end - at);
    return 0;
}

/* Whether two texts differ in the digits of their numbers only; a lone digit is no number. */
static int alike(const char *p, const char *q, int32_t size) {
    for (int32_t i = 0; i < size; i++) {
        if (p[i] == q[i]) continue;
        int among = (i > 0 && is_digit(p[i - 1])) || (i + 1 < size && is_digit(p[i + 1]));
        if (!is_digit(p[i]) || !is_digit(q[i]) || !among) return 0;
    }
    return 1;
}

/* The frame of a wrapped line, new if no line before had one alike; NULL if there are too many. */
static Frame *frame_of(Scan *scan, const char *data, const char *text, Frame fresh) {
    const char *body = text + fresh.first.body, *end = data + fresh.first.end;
    for (int32_t i = 0; i < scan->frames_n; i++) {
        Frame *known = &scan->frames[i];
        const char *other = text + known->first.body, *other_end = data + known->first.end;
        if (known->before == fresh.before && known->behind == fresh.behind &&
            alike(other - fresh.before, body - fresh.before, fresh.before) &&
            alike(other_end - fresh.behind, end - fresh.behind, fresh.behind))
            return known;
    }
    if (scan->frames_n == MOST_FRAMES) return NULL;
    scan->frames[scan->frames_n] = fresh;
    return &scan->frames[scan->frames_n++];
}

/* --- Docker's JSON --------------------------------------------------------------------------- */

static char *encoded(int code, char *out) { /* as UTF-8 */
    if (code < 0x80) {
        *out++ = (char)code;
        return out;
    }
    if (code >= 0x800) {
        *out++ = (char)(0xE0 | code >> 12);
        *out++ = (char)(0x80 | (code >> 6 & 0x3F));
    } else
        *out++ = (char)(0xC0 | code >> 6);
    *out++ = (char)(0x80 | (code & 0x3F));
    return out;
}

/* Write the character of the escape at *p; NULL if it is odd, or would break the line. */
static char *unescaped(const char **p, const char *end, char *out) {
    static const char from[] = "\"\\/bfrt", to[] = "\"\\/\b\f\r\t";
    const char *known = end - *p > 1 && (*p)[1] ? strchr(from, (*p)[1]) : NULL;
    if (known) {
        *p += 2;
        *out++ = to[known - from];
        return out;
    }
    int code = end - *p >= 6 && (*p)[1] == 'u' ? code_of(*p + 2) : -1;
    if (code < 0 || code == '\n') return NULL;
    *p += 6;
    return encoded(code, out);
}

/* Write what stands from p to stop in a text of JSON; NULL if it is none. */
static char *read_text(const char *p, const char *stop, char *out) {
    while (p < stop) {
        const char *slash = memchr(p, '\\', (size_t)(stop - p));
        size_t plain = (size_t)((slash ? slash : stop) - p);
        if (memchr(p, '"', plain)) return NULL;
        memcpy(out, p, plain);
        out += plain;
        p += plain;
        if (slash && !(out = unescaped(&p, stop, out))) return NULL;
    }
    return out;
}

/* Write what Docker logged; NULL if the line is not a whole entry of its. */
static char *undocked(const char *p, const char *end, char *out) {
    int32_t behind = suffix(p, end);
    if (!behind || !BEGINS(p, end, DOCKER)) return NULL;
    return read_text(p + LENGTH(DOCKER), end - behind, out);
}

/* Write the text of a chunk of Docker's, line for line; what is none of its stays as it is. Returns
 * the size of the text, at most that of the chunk. */
int64_t scan_undock(const char *data, int64_t size, char *text) {
    char *out = text;
    for (const char *p = data, *all = data + size, *end; p < all; p = end + 1) {
        end = newline(p, all);
        char *stop = undocked(p, end, out);
        if (!stop) {
            memcpy(out, p, (size_t)(end - p));
            stop = out + (end - p);
        }
        out = stop;
        if (end < all) *out++ = '\n';
    }
    return out - text;
}

#endif
