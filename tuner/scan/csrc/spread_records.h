/* Records that take several lines each in, the same as objects of JSON on one line each out, up to the
 * first in any doubt: Python takes that one (`exports/record_blocks.py`, `exports/journal_export.py`). */
#ifndef TUNER_SPREAD_RECORDS_H
#define TUNER_SPREAD_RECORDS_H

#include "csv_records.h"
#include "journal_records.h"
#include "yaml_records.h"

/* Whether the line from p to stop, of its form, begins a record; -1: any doubt. */
static int begins_document(const char *p, const char *stop) {
    return !BEGINS(p, stop, "---") ? 0 : stop - p == 3 ? 1 : -1;
}

static int begins_item(const char *p, const char *stop) { return BEGINS(p, stop, "- "); }

static int begins_verbose(const char *p, const char *stop) {
    const char *time = verbose_head(p, stop);
    return time && verbose_time(time, stop) ? 1 : 0;
}

static int begins_prefixed(const char *p, const char *stop) {
    if (p == stop || is_blank_sign(*p)) return 0;
    while (stop > p && is_blank_sign(stop[-1])) stop--;
    return stop - p > 1 && stop[-1] == '{';
}

typedef int Begins(const char *p, const char *stop);
typedef int Write(Writer *to);
typedef struct {
    Begins *begins; /* NULL: a record says itself where it ends */
    Write *write;
} SpreadForm;

static const SpreadForm SPREAD_FORMS[] = {
    [YAML_DOCUMENTS] = {begins_document, yaml_document},
    [YAML_ITEMS] = {begins_item, yaml_item},
    [VERBOSE_RECORDS] = {begins_verbose, verbose_record},
    [PREFIXED_OBJECTS] = {begins_prefixed, prefixed_record},
    [JOURNAL_RECORDS] = {NULL, journal_record},
    [CSV_ROWS] = {NULL, csv_row},
};

/* Where the record behind the one at p begins; NULL if that is not there, or in doubt. */
static const char *next_record(Begins *begins, const char *p, const char *all) {
    for (p = newline(p, all) + 1; p < all;) {
        const char *stop = newline(p, all);
        int found = stop < all ? begins(p, stop) : -1;
        if (found) return found > 0 ? p : NULL;
        p = stop + 1;
    }
    return NULL;
}

/* Write the record at to->p, whose end at the latest is to->end; returns what is behind it, NULL: any doubt. */
static const char *spread_record(Writer *to, const SpreadForm *form) {
    const char *end = to->end;
    if (form->begins) {
        if (!(to->end = next_record(form->begins, to->p, end))) return NULL;
        end = to->end;
        if (!form->write(to) || to->p != end) return NULL;
        return end;
    }
    return form->write(to) ? to->p : NULL;
}

/* Write the records of a text, as long as they are in no doubt. There has to be room for six times as
 * many bytes, and 64 more. */
void scan_spread(Spread *found, const char *data, int64_t size, char *text) {
    const char *all = data + size, *p = data, *next;
    Writer to = {.out = text, .spread = found};
    for (; p < all && found->n < MOST_TAKEN; p = next) {
        char *start = to.out;
        to.p = p;
        to.end = all - p > found->longest ? p + found->longest : all;
        to.first = to.names_n = 0;
        if (!(next = spread_record(&to, &SPREAD_FORMS[found->form]))) {
            to.out = start;
            break;
        }
        *to.out++ = '\n';
        found->place[found->n] = p - data;
        found->of_line[found->n] = found->line;
        found->lines_of[found->n] = newlines(p, next);
        found->line += found->lines_of[found->n++];
    }
    found->at = p - data;
    found->size = to.out - text;
}

#endif
