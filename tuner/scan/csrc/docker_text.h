/* Text that Docker keeps in JSON, as a line of Kubernetes': the wrapper's time stands before it. */
#ifndef TUNER_DOCKER_TEXT_H
#define TUNER_DOCKER_TEXT_H

#include "wrappers.h"

/* How an entry is written: by Docker, and by those who put blanks behind the signs. */
typedef struct {
    const char *opening, *stream, *time;
} DockerStyle;

static const DockerStyle DOCKER_STYLES[] = {
    {"{\"log\":\"", "\\n\",\"stream\":\"", "\",\"time\":\""},
    {"{\"log\": \"", "\\n\", \"stream\": \"", "\", \"time\": \""},
};
enum { SECONDS = sizeof "2026-11-20T08:46:01" - 1, LEAST_OF_ENTRY = 40 };
static const char ENTRY_END[] = "\"}";

/* Behind a text that stands before `end`; NULL if it does not. */
static const char *before(const char *p, const char *end, const char *text) {
    long size = (long)strlen(text);
    return end - p >= size && memcmp(end - size, text, (size_t)size) == 0 ? end - size : NULL;
}

/* Where the time begins that ends there, in UTC; NULL if there is none. */
static const char *time_before(const char *p, const char *end) {
    if (end - p < LEAST_OF_ENTRY || end[-1] != 'Z') return NULL;
    const char *at = end - 1;
    while (at > end - 12 && is_digit(at[-1])) at--;
    if (at[-1] == '.' && at < end - 1) at--;
    else at = end - 1;
    at -= SECONDS;
    return at[10] == 'T' && at[4] == '-' && is_digit(at[0]) && is_digit(at[18]) ? at : NULL;
}

/* The place of the stream that ends there, and its name; NULL if it is none. */
static const char *stream_before(const char *p, const char *end, const char **name) {
    const char *at = before(p, end, *name = "stdout");
    return at ? at : before(p, end, *name = "stderr");
}

/* Whether a sign stands there that JSON has written otherwise. */
static int holds_controls(const char *p, const char *end) {
    int found = 0;
    for (; p < end; p++) found |= (unsigned char)*p < ' ';
    return found;
}

/* Write the line of an entry; NULL if it is not written in this style. */
static char *entry_of_docker(const char *p, const char *end, const DockerStyle *style, char *out) {
    long opening = (long)strlen(style->opening);
    if (end - p < opening + LEAST_OF_ENTRY || memcmp(p, style->opening, (size_t)opening)) return NULL;
    const char *close = before(p, end, ENTRY_END), *name;
    const char *time = close ? time_before(p, close) : NULL;
    const char *at = time ? before(p, time, style->time) : NULL;
    at = at ? stream_before(p, at, &name) : NULL;
    at = at ? before(p, at, style->stream) : NULL;
    if (!at || at < p + opening || holds_controls(p + opening, at)) return NULL;
    memcpy(out, time, (size_t)(close - time));
    out += close - time;
    *out++ = ' ';
    memcpy(out, name, 6);
    memcpy(out + 6, " F ", 3);
    return read_text(p + opening, at, out + 9);
}

/* The same in any style; what is no entry stays as it is. */
static char *line_of_docker(const char *p, const char *end, char *out) {
    for (size_t i = 0; i < sizeof DOCKER_STYLES / sizeof *DOCKER_STYLES; i++) {
        char *stop = entry_of_docker(p, end, &DOCKER_STYLES[i], out);
        if (stop) return stop;
    }
    memcpy(out, p, (size_t)(end - p));
    return out + (end - p);
}

/* Write the lines of a chunk, each shorter than the entry that it stood in, those that are none as
 * they are. Returns the size of the text. */
int64_t scan_undock_text(const char *data, int64_t size, char *text) {
    char *out = text;
    for (const char *p = data, *all = data + size, *end; p < all; p = end + 1) {
        end = newline(p, all);
        out = line_of_docker(p, end, out);
        if (end < all) *out++ = '\n';
    }
    return out - text;
}

#endif
