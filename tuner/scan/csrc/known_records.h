/* Records of an export whose fields stand apart, put together as LiveKit writes them. Python has
 * found how each kind of them is written, and what it makes of that (`exports/record_kinds.py`). */
#ifndef TUNER_KNOWN_RECORDS_H
#define TUNER_KNOWN_RECORDS_H

#include "known_values.h"
#include "exports.h"

enum { LONGEST_CHARACTER = 6, LONGEST_TIME = 64 };

/* Behind the record at p, its values taken; NULL if it is of no kind that is known. */
static const char *of_kind(const KnownRecords *known, const char *p, const char *end,
                           Slice *values, int32_t *kind) {
    for (int32_t next = known->pieces_n ? 1 : 0, n = 0; next;) {
        const Piece *piece = &known->pieces[next - 1];
        const char *at = p + piece->size;
        int fits = end - p >= piece->size &&
                   memcmp(p, known->texts + piece->at, (size_t)piece->size) == 0;
        if (fits && piece->form == NO_VALUE) {
            *kind = piece->kind;
            return at;
        }
        if (!fits || at == end || !(at = of_form(piece->form, at, end, &values[n]))) {
            next = piece->other;
            continue;
        }
        p = at;
        next = ++n < MOST_VALUES ? piece->below : 0;
    }
    return NULL;
}

/* Write a value; NULL if that is in doubt. Behind it there is room for all that it may take. */
static char *put_value(const RecordKind *kind, const Slice *value, char *out) {
    if (!value->size || *value->at != '\\') return (kind->ascii ? as_ascii : as_utf8)(value, out);
    char *plain = out + LONGEST_CHARACTER * (int64_t)value->size;
    Slice text = {plain, (int32_t)(unnested(value, plain) - plain)};
    return (kind->ascii ? as_ascii : as_utf8)(&text, out);
}

/* Write the line of a record; NULL if that is in doubt, or if there is no room. */
static char *put_together(const KnownRecords *known, const RecordKind *kind,
                          const Slice *values, double time, char *out, const char *room) {
    const Put *put = &known->puts[kind->first];
    for (const Put *last = put + kind->n; put < last; put++) {
        const Slice *value = put->value >= 0 ? &values[put->value] : NULL;
        int64_t need = put->size + LONGEST_TIME + (value ? (LONGEST_CHARACTER + 1) * (int64_t)value->size : 0);
        if (room - out < need) return NULL;
        memcpy(out, known->texts + put->at, (size_t)put->size);
        out += put->size;
        if (put->value == THE_TIME) out = time_as_iso(time, out);
        else if (value && !(out = put_value(kind, value, out))) return NULL;
    }
    return out;
}

/* Take the record at p; returns what is behind it, NULL if that is in doubt. */
static const char *known_record(Minute *minute, const KnownRecords *known, const char *p,
                                const char *end, char *out, const char *room, Kept *kept) {
    Slice values[MOST_VALUES];
    int32_t which;
    const char *stop = of_kind(known, p, end, values, &which);
    if (!stop) return NULL;
    /* a record that stands as LiveKit writes it stays; of lines Python learns none that is one */
    if (!known->lines && BEGINS(p, end, OPENING) && own_time(minute, p, stop) >= 0) return NULL;
    const RecordKind *kind = &known->kinds[which];
    kept->time = stored_time(minute, &values[kind->time]);
    if (kept->time < 0) return NULL;
    kept->stop = put_together(known, kind, values, kept->time, out, room);
    return kept->stop ? stop : NULL;
}

/* Behind the end of the line at p; NULL if a line does not end there. */
static const char *line_end(const char *p, const char *end) {
    p += p < end && *p == '\r';
    return p < end && *p == '\n' ? p + 1 : NULL;
}

/* Take the records of a text, each of which is a line. */
static void known_lines(Taken *taken, const KnownRecords *known, const char *data, int64_t size, char *text) {
    const char *p = data, *all = data + size, *next, *room = text + known->room;
    char *out = text;
    for (; p < all && taken->n < MOST_TAKEN; p = next, taken->line++) {
        const char *end = all - p > taken->longest ? p + taken->longest : all;
        Kept kept = {0};
        next = known_record(&taken->minute, known, p, end, out, room, &kept);
        if (!next || !(next = line_end(next, end))) break;
        keep(taken, &kept, 1);
        out = put(kept.stop, "\n");
    }
    taken->at = p - data;
    taken->size = out - text;
}

/* What records are known by, and where there is no room any more. */
typedef struct {
    const KnownRecords *known;
    const char *room;
} KnownForm;

static const char *known_object(Taken *taken, const void *form, const char *p, const char *end, char *out,
                                Kept *kept) {
    const KnownForm *of = form;
    return known_record(&taken->minute, of->known, p, end, out, of->room, kept);
}

/* Take the records of a text, as long as they are in no doubt. */
void scan_known(Taken *taken, const KnownRecords *known, const char *data, int64_t size, char *text) {
    if (known->lines) known_lines(taken, known, data, size, text);
    else take_values(taken, '{', known_object, &(KnownForm){known, text + known->room}, data, size, text);
}

/* Write the line of each line of a text that is known, nothing for the others. Returns how much was
 * written. */
int64_t scan_render(const KnownRecords *known, const char *data, int64_t size, char *text) {
    const char *all = data + size, *room = text + known->room, *end;
    char *out = text;
    Minute minute = {{0}, 0};
    for (const char *p = data; p < all; p = end + 1) {
        Kept kept = {0};
        end = newline(p, all);
        const char *limit = end < all ? end + 1 : end; /* a number has to end before something */
        const char *stop = known_record(&minute, known, p, limit, out, room - (all - p), &kept);
        if (stop && (stop == end || (stop + 1 == end && *stop == '\r'))) out = kept.stop;
        if (end < all) *out++ = '\n';
    }
    return out - text;
}

#endif
