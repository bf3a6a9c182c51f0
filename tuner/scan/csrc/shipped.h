/* The time of a record in a wrapper that has one with a zone: what `clocks.from_wrapper` makes of it. */
#ifndef TUNER_SHIPPED_H
#define TUNER_SHIPPED_H

#include "fields.h"
#include "filter.h"

static const double QUARTER_S = 900, SLOW_WRAPPER_S = 60; /* as in `clocks.py` */

/* So many digits at p as a part of a second. */
static double part_of_second(const char *p, int32_t n) {
    int64_t value = 0, unit = 1;
    for (int32_t i = 0; i < n; i++, unit *= 10) value = value * 10 + p[i] - '0';
    return (double)value / (double)unit;
}

/* The wrapper's time, in seconds since the epoch; -1: none. */
static double shipped_when(Minute *before, const Template *t, const char *p) {
    int64_t whole = epoch(before, p, p[10]);
    if (whole < 0) return -1;
    return (double)whole + part_of_second(p + 20, t->shipped_fraction) - t->shipped_zone_s;
}

/* The time of a record without a zone: its own, moved by the quarters of an hour between the two;
 * the wrapper's where they do not fit. */
static double moved(double own, double shipped) {
    double shift = rint((shipped - own) / QUARTER_S) * QUARTER_S;
    return fabs(shipped - own - shift) <= SLOW_WRAPPER_S ? own + shift : shipped;
}

#endif
