/* The time of a line of text, by the template that its beginning has. */
#ifndef TUNER_TEXT_TIMES_H
#define TUNER_TEXT_TIMES_H

#include "livekit_dev.h"
#include "shipped.h"

/* The part of a time; template and line agree that digits stand there. */
static int part(const Template *t, enum Part which, const char *line) {
    const TimePart *part = &t->parts[which];
    return part->digits ? digits(line + part->at, part->digits) : part->fixed;
}

/* The fraction of a second behind so many whole ones, divided at once, as Python reads the text. */
static double with_fraction(const Template *t, int64_t seconds, const char *line) {
    int64_t unit = 1;
    for (int32_t i = 0; i < t->fraction; i++, unit *= 10)
        seconds = seconds * 10 + line[t->fraction_at + i] - '0';
    return (double)seconds / (double)unit;
}

/* Seconds since the epoch as such a number. */
static double number_of_seconds(const Template *t, const char *line) {
    const TimePart *whole = &t->parts[YEAR];
    int64_t seconds = 0;
    for (const char *p = line + whole->at; p < line + whole->at + whole->digits; p++)
        seconds = seconds * 10 + *p - '0';
    return with_fraction(t, seconds, line);
}

/* Seconds since midnight; -1: none. */
static double of_day(const Template *t, const char *line) {
    int h = part(t, HOUR, line), m = part(t, MINUTE, line), s = part(t, SECOND, line);
    if (t->half >= 0) h = h % 12 + t->half;
    return h > 23 || m > 59 || s > 59 ? -1 : h * 3600 + m * 60 + with_fraction(t, s, line);
}

/* Seconds since the epoch at midnight of a date in parts; -1: none. */
static int64_t midnight(Minute *minute, const Template *t, const char *line) {
    char iso[] = "2026-11-20T00:00:00";
    int year = part(t, YEAR, line);
    char *month = padded(t->parts[YEAR].digits == 2 ? 2000 + year : year, 4, '-', iso);
    padded(part(t, DAY, line), 2, 'T', padded(part(t, MONTH, line), 2, '-', month));
    return epoch(minute, iso, 'T');
}

static double in_parts(Minute *minute, const Template *t, const char *line) {
    int64_t date = midnight(minute, t, line);
    double time = of_day(t, line);
    return date < 0 || time < 0 ? -1 : (double)date + time - t->zone_s;
}

static double iso_when(Minute *minute, const Template *t, const char *line) {
    const char *p = line + t->parts[YEAR].at;
    int64_t whole = epoch(minute, p, p[10]);
    if (whole < 0) return -1;
    return (double)(whole - t->zone_s) + with_fraction(t, 0, line);
}

/* Seconds since the epoch, or since midnight; -1: none; NAN: none is written. */
static double text_when(Minute *minute, const Template *t, const char *line) {
    switch (t->time_form) {
    case NO_TIME: return NAN;
    case OF_DAY: return of_day(t, line);
    case ISO: return iso_when(minute, t, line);
    case IN_PARTS: return in_parts(minute, t, line);
    default: return number_of_seconds(t, line);
    }
}

/* The time that the record counts with; -1: none. */
static double counted_when(Minute *minute, const Template *t, const char *line) {
    double own = text_when(minute, t, line);
    if (own < 0 || t->shipped < 0) return own;
    double shipped = shipped_when(minute, t, line + t->shipped);
    return shipped < 0 || t->time_form <= OF_DAY ? shipped : moved(own, shipped);
}

#endif
