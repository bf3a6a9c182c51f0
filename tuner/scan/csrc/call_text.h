/* Lines of the turn log, written as `turns.line.as_line` writes them; what it might write otherwise
 * makes the call an odd one, which Python reads. */
#ifndef TUNER_CALL_TEXT_H
#define TUNER_CALL_TEXT_H

#include "bytes.h"
#include <math.h>
#include <stdio.h>

enum { SECONDS_OF_DAY = 86400, US_OF_SECOND = 1000000 };
static const double LARGEST_FIGURE = 1e10;

/* The lines so far. `zoned`: their times have a zone; `name` is the call's. */
typedef struct {
    PipecatCall *out;
    int zoned, odd;
    char name[64];
} Lines;

static void write_bytes(Lines *lines, const char *text, long size) {
    if (lines->out->size + size > CALL_TEXT) {
        lines->odd = 1;
        return;
    }
    memcpy(lines->out->text + lines->out->size, text, (size_t)size);
    lines->out->size += (int32_t)size;
}

#define PUT(lines, text) write_bytes(lines, text, LENGTH(text))

/* A value behind the name of its field, with the comma before it. */
#define FIELD(lines, name) PUT(lines, ", \"" name "\": ")

static void put_text(Lines *lines, const char *text) { write_bytes(lines, text, (long)strlen(text)); }

static void put_whole(Lines *lines, int64_t n) {
    char text[24], *p = text + sizeof text;
    do *--p = (char)('0' + n % 10);
    while (n /= 10);
    write_bytes(lines, p, text + sizeof text - p);
}

static void put_flag(Lines *lines, int is_so) { is_so ? PUT(lines, "true") : PUT(lines, "false"); }

/* A value in thousandths, rounded as Python's `round` does: exactly, halves to the even one. */
static int64_t thousandths(double value) {
    double all = value * 1000, whole = floor(all), rest = all - whole, missing = fma(value, 1000, -all);
    int64_t n = (int64_t)whole;
    if (rest != 0.5) return n + (rest > 0.5);
    return n + (missing > 0 || (missing == 0 && n % 2));
}

/* A number of seconds with three digits at most, null for NAN. */
static void put_seconds(Lines *lines, double value) {
    if (isnan(value)) {
        PUT(lines, "null");
        return;
    }
    if (signbit(value) || value > LARGEST_FIGURE) {
        lines->odd = 1;
        return;
    }
    int64_t n = thousandths(value), rest = n % 1000;
    char text[4] = {'.', (char)('0' + rest / 100), (char)('0' + rest / 10 % 10), (char)('0' + rest % 10)};
    put_whole(lines, n / 1000);
    write_bytes(lines, text, rest % 10 ? 4 : rest % 100 ? 3 : 2);
}

/* Year, month and day of so many days behind 1970-01-01 (Hinnant, chrono-compatible algorithms). */
static void date_of(int64_t days, int *year, int *month, int *day) {
    int64_t z = days + 719468, era = z / 146097, of_era = z % 146097;
    int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = (int)(y + era * 400 + (*month <= 2));
}

/* Write a time as ISO 8601 to the second, and return its microseconds, rounded as datetime does. */
static int iso_second(char *to, size_t room, double at) {
    double whole, us = rint(modf(at, &whole) * US_OF_SECOND);
    int64_t s = (int64_t)whole + (us >= US_OF_SECOND);
    int year, month, day, of_day = (int)(s % SECONDS_OF_DAY);
    date_of(s / SECONDS_OF_DAY, &year, &month, &day);
    snprintf(to, room, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day, of_day / 3600, of_day / 60 % 60, of_day % 60);
    return us >= US_OF_SECOND ? 0 : (int)us;
}

/* Name the call by its first moment. */
static void name_call(Lines *lines, double first) {
    char time[40];
    int us = iso_second(time, sizeof time, first);
    snprintf(lines->name, sizeof lines->name, "pipecat %s.%03d+00:00", time, us / 1000);
}

/* Begin a line that comes from this one of the log. */
static void begin_line(Lines *lines, const char *message, int64_t line) {
    if (lines->out->n == MOST_CALL_LINES)
        lines->odd = 1;
    else
        lines->out->lines[lines->out->n++] = line;
    PUT(lines, "{\"message\": \"");
    put_text(lines, message);
    PUT(lines, "\", \"level\": \"INFO\", \"name\": \"tuner.turns\"");
}

/* End a line with its call and its time. */
static void end_line(Lines *lines, double at) {
    char time[40], behind[8] = "";
    int us = iso_second(time, sizeof time, at);
    if (us) snprintf(behind, sizeof behind, ".%06d", us);
    FIELD(lines, "job_id");
    PUT(lines, "\"");
    put_text(lines, lines->name);
    PUT(lines, "\", \"timestamp\": \"");
    put_text(lines, time);
    put_text(lines, behind);
    if (lines->zoned) PUT(lines, "+00:00");
    PUT(lines, "\"}\n");
}

#endif
