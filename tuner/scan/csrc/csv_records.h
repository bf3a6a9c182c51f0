/* Rows of CSV whose columns are the fields of a record, written anew as JSON: every cell that says
 * something is a text under the name of its column. What is accepted here reads as Python's csv reads it. */
#ifndef TUNER_CSV_RECORDS_H
#define TUNER_CSV_RECORDS_H

#include "json_writer.h"

/* Write the cell in quotes at to->p as a text, and go behind it; 0: any doubt. */
static int cell_in_quotes(Writer *to) {
    const char *p = to->p + 1, *quote;
    for (*to->out++ = '"';; p = quote + 2) {
        if (!(quote = memchr(p, '"', (size_t)(to->end - p)))) return 0;
        if (!write_signs(to, p, quote)) return 0;
        if (quote + 1 == to->end || quote[1] != '"') break;
        *to->out++ = '\\', *to->out++ = '"';
    }
    *to->out++ = '"';
    to->p = quote + 1;
    return 1;
}

/* The same of a cell without quotes. */
static int bare_cell(Writer *to, char delimiter) {
    const char *p = to->p, *stop = p;
    while (stop < to->end && *stop != delimiter && *stop != '\n' && *stop != '\r')
        if (*stop++ == '"') return 0;
    to->p = stop;
    return write_text(to, p, stop);
}

/* Whether a text that was written is what stores write where a record has no such field. */
static int is_nothing(const char *text, const char *stop) {
    static const char *const WORDS[] = {"",     "-",   "(null)", "null", "NULL",
                                        "NaN", "nan", "None",   "N/A",  NULL};
    long size = stop - text - 2;
    for (const char *const *word = WORDS; *word; word++)
        if (size == (long)strlen(*word) && same(text + 1, *word, size)) return 1;
    return 0;
}

/* Go behind what ends a cell; 0: any doubt. */
static int behind_cell(Writer *to, char delimiter, int is_last) {
    if (is_last && to->p < to->end && *to->p == '\r') to->p++;
    return to->p < to->end && *to->p++ == (is_last ? '\n' : delimiter);
}

/* Whether there is a digit: a row of names may have none, a record has a time. */
static int has_digit(const char *p, const char *stop) {
    while (p < stop && !is_digit(*p)) p++;
    return p < stop;
}

/* Write the row at to->p. */
static int csv_row(Writer *to) {
    const Spread *of = to->spread;
    const char *start = to->p, *name = of->names, delimiter = (char)of->delimiter;
    char *all = to->out;
    *to->out++ = '{';
    for (int32_t n = 0; n < of->columns; name = of->names + of->ends[n++]) {
        char *before = to->out, *text;
        if (before > all + 1) *to->out++ = ',';
        write_as_it_is(to, name, of->names + of->ends[n]);
        text = to->out;
        int is_quoted = to->p < to->end && *to->p == '"';
        if (!(is_quoted ? cell_in_quotes(to) : bare_cell(to, delimiter))) return 0;
        if (is_nothing(text, to->out)) to->out = before;
        if (!behind_cell(to, delimiter, n == of->columns - 1)) return 0;
    }
    *to->out++ = '}';
    return has_digit(start, to->p);
}

#endif
