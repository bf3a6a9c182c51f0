/* Times with slashes in their dates, as `timestamps.parse` reads them. */
#ifndef TUNER_SLASHED_TIMES_H
#define TUNER_SLASHED_TIMES_H

#include "fields.h"

/* One or two digits at *p and the sign behind them, passed; -1: there are none. */
static int one_or_two(const char **p, const char *end, char sign) {
    int size = end - *p > 1 && is_digit((*p)[1]) ? 2 : 1, value;
    if (end - *p <= size || (*p)[size] != sign) return -1;
    value = digits(*p, size);
    *p += size + 1;
    return value;
}

/* Seconds since the epoch at midnight of a date like 1/30/2026, passed; of two numbers the one above
 * 12 is the day, if neither is the second; -1: none. */
static int64_t slashed_date(const char **p, const char *end) {
    char iso[] = "2026-01-30T00:00";
    int first = one_or_two(p, end, '/'), second = first < 0 ? -1 : one_or_two(p, end, '/');
    int swapped = first > 12, month = swapped ? second : first, day = swapped ? first : second;
    if (second < 0 || end - *p < 4 || digits(*p, 4) < 0) return -1;
    memcpy(iso, *p, 4);
    *p += 4;
    padded(day, 2, 'T', padded(month, 2, '-', iso + 5));
    return minute_of(iso, 'T');
}

/* The time that Azure and others write, 1/30/2026, 4:20:00.000 PM; -1: any other. */
static double slashed_time(const Slice *text) {
    const char *p = text->at, *end = p + text->size;
    int64_t date = slashed_date(&p, end), value = 0, unit = 1;
    if (date < 0 || !BEGINS(p, end, ", ")) return -1;
    p += 2;
    int hour = one_or_two(&p, end, ':'), minute = hour < 0 || end - p < 3 || p[2] != ':' ? -1 : digits(p, 2);
    int second = minute < 0 || end - p < 5 ? -1 : digits(p + 3, 2);
    if (hour > 12 || minute > 59 || second < 0 || second > 59) return -1;
    p += 5;
    if (p < end && *p == '.')
        for (p++; p < end && is_digit(*p) && unit < 1000000000; p++, unit *= 10) value = value * 10 + *p - '0';
    if (p[-1] == '.' || end - p != 3 || p[0] != ' ' || (p[1] != 'A' && p[1] != 'P') || p[2] != 'M') return -1;
    hour = hour % 12 + (p[1] == 'P' ? 12 : 0);
    return (double)date + (hour * 3600 + minute * 60 + second + (double)value / (double)unit);
}

#endif
