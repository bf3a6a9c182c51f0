/* Where a message of text begins and ends: what a reader may take off it, and the fields behind it. */
#ifndef TUNER_MESSAGE_ENDS_H
#define TUNER_MESSAGE_ENDS_H

#include "livekit_dev.h"

/* Whether no reader takes the character off the beginning of a message, as blanks and signs are.
 * Of Unicode's blanks none begins with F0, and one alone with E1. */
static int is_letter(const char *p, const char *end) {
    unsigned char c = (unsigned char)*p;
    if (c == 0xE1) return end - p > 1 && (unsigned char)p[1] != 0x9A;
    if (c >= 0xF0) return 1;
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(*p);
}

/* Whether fields may stand in brackets: " (key=value, key=value)". */
static int may_be_listed(const char *p, const char *end) {
    for (p++; p < end - 1; p++) {
        int opens = (*p == '(' || *p == '[') && ((unsigned char)p[-1] <= ' ' || (unsigned char)p[-1] >= 0x80);
        if (opens && !is_digit(p[1]) && is_letter(p + 1, end)) return 1;
    }
    return 0;
}

/* Whether Python takes something off the end of a message that fields follow: a bar, a colon. */
static int ends_in_a_sign(char last) { return strchr("|->~=:,;", last) != NULL; }

/* Whether Python may take the end of a message for a field or a logger: key=value, [name]. */
static int may_end_in_a_field(const Scan *scan, const char *p, const char *end) {
    char last = end[-1];
    if (last == ']' && scan->loose && !memchr(p, '=', (size_t)(end - p))) return 0;
    if (last == ']' || last == '}' || last == '=') return 1;
    if (last == ')' && may_be_listed(p, end)) return 1;
    if (last == '"' || last == '\'') {
        if (end - p > 1 && end[-2] == '}') return 1; /* a line in quotes */
        for (; (p = memchr(p, '=', (size_t)(end - p))) != NULL; p++)
            if (p + 1 < end && p[1] == last) return 1;
        return 0;
    }
    while (end > p && (unsigned char)end[-1] > ' ' && end[-1] != '"' && end[-1] != '\'' && end[-1] != '=') end--;
    return end > p && end[-1] == '=';
}

/* Whether a word in brackets, [name], stands behind a blank. */
static int may_end_with_a_logger(const char *p, const char *end) {
    for (; (p = memchr(p, '[', (size_t)(end - p))) != NULL; p++) {
        const char *name = p + 1, *q = name;
        while (q < end && (is_letter(q, end) || *q == '.' || *q == '-')) q++;
        if ((unsigned char)p[-1] <= ' ' && q > name && q < end && *q == ']') return 1;
    }
    return 0;
}

/* Whether it is in doubt what a line that only adds to its logger's adds to: where the message
 * begins, or who wrote it. */
static int is_of_unsure_logger(const Line *line) {
    return !is_letter(line->message, line->end) || (line->unnamed && may_end_with_a_logger(line->message, line->end));
}

/* Where the fields begin, in front of the blank before them; NULL if there are none. */
static const char *braces(const char *p, const char *end) {
    for (; (p = memchr(p, '{', (size_t)(end - p))) != NULL; p++)
        if (p[-1] == ' ' && p + 1 < end && p[1] == '"') return p - 1;
    return NULL;
}

/* Whether the end of a message is a sign of three bytes that is no blank. */
static int ends_in_a_letter(const char *p, const char *end) {
    const unsigned char *last = (const unsigned char *)end - 3;
    return end - p > 3 && last[0] == 0xE1 && last[1] >> 6 == 2 && last[1] != 0x9A && last[2] >> 6 == 2;
}

/* Where the message begins behind blanks that any reader takes off. */
static const char *behind_blanks(const Scan *scan, const char *p, const char *end) {
    const char *from = p;
    while (scan->loose && p < end && *p == ' ') p++;
    return p > from && p < end && is_letter(p, end) ? p : from;
}

/* Whether a message ends where a column of a screen has cut it. */
static int ends_cut(const char *p, const char *end) {
    return end - p > LENGTH(ELLIPSIS) && !memcmp(end - LENGTH(ELLIPSIS), ELLIPSIS, LENGTH(ELLIPSIS));
}

/* Whether a message has a sign at its end that no reader takes off. */
static int ends_surely(const Scan *scan, const char *p, const char *end) {
    unsigned char last = (unsigned char)end[-1];
    return last < 0x7F ? last > ' ' : scan->cut && ends_cut(p, end);
}

/* Whether Python may take a colour code off the message, or blanks off its ends. */
static int may_be_changed(const Scan *scan, const char *p, const char *end) {
    if (!is_letter(p, end) || !(ends_surely(scan, p, end) || ends_in_a_letter(p, end))) return 1;
    if (memchr(p, '\x1b', (size_t)(end - p))) return 1;
    for (; (p = memchr(p, '[', (size_t)(end - p))) != NULL; p++)
        if (p[-1] == '^' || p[-1] == '3' || p[-1] == 'b') return 1;
    return 0;
}

/* Whether the message is a flat object of JSON that holds nothing which a reader takes for a field,
 * a logger or a colour. */
static int is_flat_object(const char *p, const char *end) {
    if (!BEGINS(p, end, "{\"") || BEGINS(p, end, "{\"message\"") || end[-1] != '}') return 0;
    for (p++; p < end - 1; p++)
        if (*p < ' ' || *p > '~' || strchr("{}[(=\\", *p)) return 0;
    return 1;
}

/* Whether columns of a table, or what a person noted, may stand behind fields: an arrow, a comment,
 * the end of bold. */
static int may_be_followed(const char *p, const char *end) {
    for (; (p = memchr(p, '}', (size_t)(end - p))) != NULL; p++) {
        if (BEGINS(p, end, "}  ")) return 1;
        const char *next = p + 1;
        while (next < end && (unsigned char)*next <= ' ') next++;
        if (next < end && ((unsigned char)*next >= 0x80 || strchr("*_~#/<-!.", *next))) return 1;
    }
    return 0;
}

/* Where the message ends and the fields begin; 0 if that is in doubt. A line may have no fields. */
static int ends(const Scan *scan, Line *line) {
    line->quote = line->fields = line->close = line->end;
    if (!scan->found && BEGINS(line->end - LENGTH(RESET), line->end, RESET)) {
        line->close = line->end - LENGTH(RESET) - 1; /* the brace behind the last field */
        return grey(line) && is_letter(line->message, line->end);
    }
    if (scan->objects && is_flat_object(line->message, line->end)) return 1;
    if (may_be_changed(scan, line->message, line->end)) return 0;
    if (line->end[-1] != '}')
        return !may_end_in_a_field(scan, line->message, line->end) &&
               !may_be_followed(line->message, line->end) && !braces(line->message, line->end);
    const char *behind = braces(line->message, line->end);
    if (!behind || behind == line->message || !ends_surely(scan, line->message, behind)) return 0;
    if (scan->found && ends_in_a_sign(behind[-1])) return 0;
    line->quote = behind;
    line->fields = behind + 1;
    line->close = line->end - 1;
    return 1;
}

#endif
