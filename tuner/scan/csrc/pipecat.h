/* Lines of a Pipecat log: those that may report something of a turn are pointed out, all others are
 * in Pipecat's own layout (`pipecat_moments._LOGURU`, to the letter) and report nothing. */
#ifndef TUNER_PIPECAT_H
#define TUNER_PIPECAT_H

#include "pipecat_moments.h"
#include "text.h"

static const char BAR[] = " | ", PLACE_END[] = " - ";

/* The level, which blanks may follow, up to the sign behind them; NULL: none. */
static const char *behind_level(const char *p, const char *end) {
    static const char *levels[] = {"DEBUG", "INFO", "TRACE", "SUCCESS", "WARNING", "ERROR", "CRITICAL"};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        long size = (long)strlen(levels[i]);
        if (end - p <= size || memcmp(p, levels[i], (size_t)size)) continue;
        for (p += size; p < end && *p == ' ';) p++;
        return p;
    }
    return NULL;
}

static int is_in_function(char c) { return is_in_name(c) || c == '.' || c == '<' || c == '>'; }

/* The end of module:function:line; NULL: it is none. */
static const char *behind_place(const char *p, const char *end) {
    if (p == end || !is_in_name(*p) || is_digit(*p)) return NULL;
    while (p < end && (is_in_name(*p) || *p == '.')) p++;
    while (p < end && *p == ':') {
        const char *from = ++p;
        while (p < end && is_in_function(*p)) p++;
        if (p == from) return NULL;
    }
    return p;
}

/* Where what stands behind the place begins in a line in Pipecat's own layout; NULL for others. */
static const char *own_message(const char *p, const char *end) {
    static const char form[] = "0000-00-00 00:00:00.000 | ";
    if (end - p < LENGTH(form)) return NULL;
    for (int i = 0; form[i]; i++)
        if (form[i] == '0' ? !is_digit(p[i]) : form[i] != p[i]) return NULL;
    if (!(p = behind_level(p + LENGTH(form), end)) || end - p < 2 || p[0] != '|' || p[1] != ' ') return NULL;
    if (!(p = behind_place(p + 2, end)) || !BEGINS(p, end, PLACE_END)) return NULL;
    p += LENGTH(PLACE_END);
    if (memchr(p, '\r', (size_t)(end - p)) || memchr(p, '\x1b', (size_t)(end - p))) return NULL;
    return p;
}

/* How many bytes of a letter stand at p, of signs that no reader takes off: 0 for none. */
static int first_letter(const char *p, const char *end) {
    if (p < end && (is_visible(*p) || (unsigned char)*p == 0xF0)) return 1;
    return end - p > 1 && (unsigned char)*p == 0xE1 && (unsigned char)p[1] != 0x9A ? 2 : 0;
}

/* The same of the end of a message. */
static int last_letter(const char *p, const char *end) {
    if (p < end && is_visible(end[-1])) return 1;
    return ends_in_a_letter(p - 1, end) ? 3 : 0;
}

/* Whether the message is what any reader makes of it, without blanks at its ends. */
static int is_exact(const char *p, const char *end) {
    int first = first_letter(p, end), last = first ? last_letter(p + first, end) : 0;
    return last && !place_of(p, end, " {\"", 3);
}

/* Look at one line, without the sign at its end; 0 if it is a plain one. What it reports is read
 * here only if it is written to the letter as Pipecat writes it: all else Python reads. */
static int point_out(Minute *minute, const char *data, const char *p, const char *end, PipecatLine *line) {
    const char *stop = end > p && end[-1] == '\r' ? end - 1 : end, *message = own_message(p, stop), *text = message;
    while (text && text < stop && *text == ' ') text++;
    int32_t marks = message ? marks_of(p, stop) : 0;
    if (text && !marks && first_letter(text, stop)) return 0;
    int64_t whole = message && is_exact(message, stop) ? epoch(minute, p, ' ') : -1;
    *line = (PipecatLine){.start = (int32_t)(p - data), .end = (int32_t)(end - data), .message = -1, .cached = -1};
    line->stop = (int32_t)(stop - data);
    if (whole < 0) return 1;
    line->message = (int32_t)(message - data), line->marks = marks;
    line->time = (double)whole + digits(p + 20, 3) / 1e3;
    line->kind = *message == '{' ? of_observer(message, stop, line) : of_pipecat(message, stop, line);
    return 1;
}

#endif
