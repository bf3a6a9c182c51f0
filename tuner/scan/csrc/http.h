/* The lines of HTTP clients, and how two of them report one response. */
#ifndef TUNER_HTTP_H
#define TUNER_HTTP_H

#include "line_head.h"

/* Behind the capital letters at p. */
static const char *capitals(const char *p, const char *quote) {
    while (p < quote && *p >= 'A' && *p <= 'Z') p++;
    return p;
}

/* Behind the words before the version; NULL if they are not there. */
static const char *version_of(const char *p, const char *quote, int plain) {
    static const char WORDS[] = " \"HTTP/", CODED[] = " \\\"HTTP/";
    if (plain) return BEGINS(p, quote, WORDS) ? p + LENGTH(WORDS) : NULL;
    return BEGINS(p, quote, CODED) ? p + LENGTH(CODED) : NULL;
}

/* Whether the message is as httpx writes it: HTTP Request: POST https://… "HTTP/1.1 200 OK" */
static int is_request(const char *p, const char *quote, int plain) {
    p += LENGTH("HTTP Request: ");
    const char *method = p;
    p = capitals(p, quote);
    if (p == method || p == quote || *p++ != ' ') return 0;
    const char *url = p;
    while (p < quote && *p > ' ' && *p <= '~' && *p != '\\') p++;
    if (plain && p > url && BEGINS(p, quote, ELLIPSIS)) p += LENGTH(ELLIPSIS);
    const char *version = version_of(p, quote, plain);
    if (p == url || !version) return 0;
    for (p = version; p < quote && (is_digit(*p) || *p == '.');) p++;
    return p > version && quote - p >= 4 && *p == ' ' && digits(p + 1, 3) >= 0;
}

/* Whether the message is as openai >= 3.6 writes it: HTTP Response: POST 200 */
static int is_response(const char *p, const char *quote) {
    p += LENGTH("HTTP Response: ");
    const char *method = p;
    p = capitals(p, quote);
    return p > method && quote - p == 4 && *p == ' ' && digits(p + 1, 3) >= 0;
}

/* Whether Python may find a line of HTTP there, whatever the layout: among the lines of a traceback
 * it does not. Letters can be written as codes, and colours (ESC[, ^[[, #033[, \\x1b[) parted. */
static int may_be_of_http(const char *p, const char *end) {
    for (; p < end; p++) {
        if (*p == '\x1b' || BEGINS(p, end, "\\u")) return 1;
        if (BEGINS(p, end, "^[[") || BEGINS(p, end, "033[") || BEGINS(p, end, "1b[")) return 1;
        if (BEGINS(p, end, "HTTP Re") || BEGINS(p, end, "receive_response_headers")) return 1;
    }
    return 0;
}

static const char TIMED[] = "openai-processing-ms", VALUE[] = "', b'";

/* openai-processing-ms among the headers from p on: -1 if it is not there, -2 if it reads oddly. */
static double processing_ms(const char *p, const char *quote) {
    for (; (p = memchr(p, 'o', (size_t)(quote - p))) != NULL; p++) {
        if (!BEGINS(p, quote, TIMED)) continue;
        const char *from = p + LENGTH(TIMED) + LENGTH(VALUE), *to = from;
        if (p[-1] != '\'' || !BEGINS(from - LENGTH(VALUE), quote, VALUE)) return -2;
        while (to < quote && is_digit(*to)) to++;
        int whole = to < quote && *to == '\'' && to > from && to - from < 10;
        return whole ? digits(from, (int)(to - from)) : -2;
    }
    return -1;
}

/* Whether letters of the text may be written as codes, so that a search would miss them. */
static int is_coded(const char *p, const char *quote) {
    for (; p < quote && (p = memchr(p, '\\', (size_t)(quote - p))) != NULL; p += 2)
        if (p[1] == 'u') return 1;
    return 0;
}

static const char RECEIVED[] = "receive_response_headers.complete";

/* Whether a line that begins as one with headers is none to Python, either: another one, of which a
 * screen has cut the first word, or one of which it has cut the second, before the status. */
static int has_no_headers(const Line *line) {
    const char *p = line->message + LENGTH(RECEIVED), *end = line->end;
    if (!BEGINS(p, end, " return_value=(")) return 1;
    p++;
    const char *blank = memchr(p, ' ', (size_t)(end - p));
    return place_of(p, blank ? blank : end, ELLIPSIS, LENGTH(ELLIPSIS)) != NULL;
}

/* Status and time of a line with headers; 0 if it reads oddly. */
static int headers(const Line *line, Answer *answer) {
    const char *p = line->message + LENGTH(RECEIVED);
    if (!BEGINS(p, line->quote, " return_value=(") || is_coded(p, line->quote)) return 0;
    p += LENGTH(" return_value=(");
    if (BEGINS(p, line->quote, "b'HTTP/1.1', ") || BEGINS(p, line->quote, "b'HTTP/1.0', "))
        p += LENGTH("b'HTTP/1.1', ");
    if (line->quote - p < 5 || p[3] != ',' || p[4] != ' ') return 0;
    answer->status = digits(p, 3);
    answer->ms = processing_ms(p, line->quote);
    return answer->status >= 0 && answer->ms > -2;
}

static int32_t generation(const Line *line) {
    int is_new = BEGINS(line->logger, line->end, "httpx2") ||
                 BEGINS(line->logger, line->end, "httpcore2");
    return is_new ? NEW : OLD;
}

static void note(Scan *scan, int what, const Place *place) {
    if (scan->noted_n[what] < NOTED) scan->noted[what][scan->noted_n[what]++] = *place;
}

/* A line with the headers of a response waits for the request line that follows it. */
static void add_headers(Scan *scan, Entry *call, Answer answer, const Place *place) {
    if (answer.ms >= 0) {
        call->timed++;
        call->slow += answer.ms > scan->slow_ms;
        if (answer.ms > scan->slow_ms) note(scan, scan->slow_note, place);
    }
    scan->answers[scan->answers_n++] = answer;
    call->open[answer.generation] = scan->answers_n;
}

/* A request line completes the headers that wait; the first line of a call may complete some that
 * stand before this chunk. */
static void add_request(Scan *scan, Entry *call, Entry *message, Answer answer) {
    int32_t *open = &call->open[answer.generation];
    if (*open)
        scan->answers[*open - 1].message = answer.message;
    else if (call->touched[answer.generation])
        message->n++;
    else
        scan->leads[scan->leads_n++] = answer;
    *open = 0;
    call->touched[answer.generation] = 1;
}

#endif
