/* Records of an export in, the lines that the agent wrote out, up to the first record that is in
 * any doubt: Python takes that one (`tuner/exports`). */
#ifndef TUNER_EXPORTS_H
#define TUNER_EXPORTS_H

#include "export_lines.h"

/* --- CSV ------------------------------------------------------------------------------------- */

/* Write the quoted cell that goes on at *p, and go behind its closing quote; NULL: no end. */
static char *quoted_cell(const char **at, const char *end, char *out) {
    const char *p = *at;
    while (out = copied(&p, end, out), p < end) {
        if (*p == '"') {
            if (end - p < 2 || p[1] != '"') {
                *at = p + 1;
                return out;
            }
            p++;
        } else if ((unsigned char)*p < ' ' && *p != '\t')
            return NULL;
        *out++ = *p++;
    }
    return NULL;
}

/* Write the cell at *p, and go behind it; NULL if it has a line's end in it, or none behind it. */
static char *cell(const char **at, const char *end, char delimiter, char *out) {
    const char *p = *at;
    if (p < end && *p == '"') {
        *at = p + 1;
        return quoted_cell(at, end, out);
    }
    for (; p < end && *p != delimiter && ((unsigned char)*p >= ' ' || *p == '\t');) *out++ = *p++;
    *at = p;
    return out;
}

enum { TIME_ROOM = 40 };

/* Take the row at p; returns what is behind it, NULL if that is in doubt. Cells before the message
 * are written where it will stand, those behind it behind its end. */
static const char *row(Taken *taken, const Columns *columns, const char *p, const char *end,
                       char *out, Kept *kept) {
    char time[TIME_ROOM + 16] = {0};
    Slice stored = {NULL, 0};
    for (int32_t i = 0; i < columns->width; i++) {
        char *start = i == columns->message ? out : kept->stop, *stop;
        if (!(stop = cell(&p, end, columns->delimiter, start)) || p == end) return NULL;
        if (i == columns->message) kept->stop = stop;
        if (i == columns->time && stop - start <= TIME_ROOM) {
            memcpy(time, start, (size_t)(stop - start));
            stored = (Slice){time, (int32_t)(stop - start)};
        }
        if (i + 1 < columns->width && *p++ != columns->delimiter) return NULL;
    }
    p += BEGINS(p, end, "\r\n");
    if (p == end || *p != '\n') return NULL;
    kept->time = own_time(&taken->minute, out, kept->stop);
    if (kept->time < 0 && !stamp(&taken->minute, out, &stored, kept)) return NULL;
    return p + 1;
}

/* Take the rows of a text, as long as they are in no doubt. */
void scan_rows(Taken *taken, const Columns *columns, const char *data, int64_t size, char *text) {
    const char *p = data, *all = data + size, *next;
    char *out = text;
    for (; p < all && taken->n < MOST_TAKEN; p = next, taken->line++) {
        const char *end = all - p > taken->longest ? p + taken->longest : all;
        Kept kept = {out, 0, 0};
        next = row(taken, columns, p, end, out, &kept);
        if (!next || next - p < SHORTEST_RECORD || is_other(taken, &kept)) break;
        keep(taken, &kept, 1);
        out = put(kept.stop, "\n");
    }
    taken->at = p - data;
    taken->size = out - text;
}

/* --- JSON ------------------------------------------------------------------------------------ */

enum { TO_LINE = 1, TO_TIME = 2 };

/* What was found on the paths. A text is written at `out` as it is read. */
typedef struct {
    const Paths *paths;
    Slice target, time;
    char *out, *stop;
} Way;

/* Which paths end at a member (`here`), and which go on in it. */
static int steps(const Paths *paths, const Slice *name, int depth, int wanted, int *here) {
    int below = 0;
    *here = 0;
    if (wanted & TO_LINE && is_named(&paths->target[depth], name))
        *(depth + 1 == paths->target_n ? here : &below) |= TO_LINE;
    if (wanted & TO_TIME && is_named(&paths->time[depth], name))
        *(depth + 1 == paths->time_n ? here : &below) |= TO_TIME;
    return below;
}

/* Where the text begins that stands alone in the list at p, as stores keep each value that may have
 * several; p if it is no such list. */
static const char *alone(const char *p, const char *end) {
    const char *first = *p == '[' ? blanks(p + 1, end) : p;
    return first < end && *first == '"' ? first : p;
}

/* Behind the end of such a list, if p is in one that begins at `list`; NULL if more stands in it. */
static const char *behind_alone(const char *list, const char *first, const char *p, const char *end) {
    if (list == first) return p;
    p = blanks(p, end);
    return p < end && *p == ']' ? p + 1 : NULL;
}

/* Behind the value at p, at which paths end; NULL if it is not what is looked for. */
static const char *at_end(Way *way, const char *p, const char *end, int here) {
    int is_text = !(here & TO_LINE && way->paths->is_object);
    const char *list = p, *start = is_text ? alone(p, end) : p;
    p = start;
    if (here & TO_LINE && is_text) {
        int quoted = *p == '"';
        if (!quoted && *p != '[') return NULL;
        p += quoted;
        way->stop = (quoted ? unescaped_text : listed_bytes)(&p, end, way->out);
        if (!way->stop) return NULL;
    } else if (!(p = any_value(p, end, 0, NULL)))
        return NULL;
    Slice found = {start, (int32_t)(p - start)};
    if (!(p = behind_alone(list, start, p, end))) return NULL;
    if (here & TO_LINE) way->target = found;
    if (here & TO_TIME && *start == '"') way->time = (Slice){start + 1, found.size - 2};
    if (here & TO_TIME && is_digit(*start)) way->time = found;
    return p;
}

/* Behind the object at p, looked through for the paths that are wanted; NULL: any doubt. */
static const char *along(Way *way, const char *p, const char *end, int depth, int wanted) {
    int met = 0, here, below;
    Slice name;
    for (p = blanks(p + 1, end); p < end; p = blanks(p + 1, end)) {
        if (!(p = member(p, end, &name))) return NULL;
        below = steps(way->paths, &name, depth, wanted, &here);
        if (met & (here | below) || (here && below)) return NULL;
        met |= here | below;
        if (below)
            p = *p == '{' ? along(way, p, end, depth + 1, below) : NULL;
        else
            p = here ? at_end(way, p, end, here) : any_value(p, end, 0, NULL);
        if (!p) return NULL;
        p = blanks(p, end);
        if (p < end && *p == '}') return p + 1;
        if (p == end || *p != ',') return NULL;
    }
    return NULL;
}

/* Whether a line of LiveKit's dev text may follow another one without a newline. */
static int may_be_joined(const char *p, const char *end) {
    for (; (p = memchr(p, '}', (size_t)(end - p))); p++)
        if (BEGINS(p, end, "}20")) return 1;
    return 0;
}

/* Write a text that is an object over many lines on one; its end, NULL if that is in doubt. */
static char *on_one_line(char *start, char *stop) {
    char *end = flat(start, stop, stop);
    if (!end || any_value(stop, end, 0, NULL) != end) return NULL;
    memmove(start, stop, (size_t)(end - stop));
    return start + (end - stop);
}

/* Take the text that was written; 0 if it is no line, or several. */
static int take_text(Minute *minute, Way *way, Kept *kept) {
    char *stop = way->stop, *start = way->out;
    while (stop > start && (stop[-1] == '\n' || stop[-1] == '\r')) stop--;
    if (BEGINS(start, stop, "{\n") && !(stop = on_one_line(start, stop))) return 0;
    if (stop == start || *start == '\r' || memchr(start, '\n', (size_t)(stop - start))) return 0;
    if (may_be_joined(start, stop)) return 0;
    kept->stop = stop;
    kept->time = own_time(minute, start, stop);
    return kept->time >= 0 || stamp(minute, start, &way->time, kept);
}

/* Take the object that was found. */
static int take_object(Minute *minute, Way *way, Kept *kept) {
    const char *start = way->target.at;
    if (*start != '{' || !(kept->stop = flat(start, start + way->target.size, way->out))) return 0;
    kept->time = own_time(minute, way->out, kept->stop);
    return kept->time >= 0 || add_time(minute, way->paths, way->out, &way->time, kept);
}

/* Take the record at p; returns what is behind it, NULL if that is in doubt. */
static const char *record(Taken *taken, const void *form, const char *p, const char *end, char *out,
                          Kept *kept) {
    const Paths *paths = form;
    Way way = {.paths = paths, .out = out};
    const char *stop = along(&way, p, end, 0, (paths->target_n ? TO_LINE : 0) | (paths->time_n ? TO_TIME : 0));
    if (!stop || stop - p < SHORTEST_RECORD) return NULL;
    if (!paths->target_n) way.target = (Slice){p, (int32_t)(stop - p)};
    if (!way.target.at) return NULL;
    int right = (paths->is_object ? take_object : take_text)(&taken->minute, &way, kept);
    return right && !is_other(taken, kept) ? stop : NULL;
}

static int64_t newlines(const char *p, const char *end) {
    int64_t n = 0;
    for (; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++) n++;
    return n;
}

/* Behind the blanks and commas at p. */
static const char *separators(Taken *taken, const char *p, const char *all) {
    for (; p < all && strchr(" ,\t\r\n", *p) && *p; p++) taken->line += *p == '\n';
    return p;
}

/* Behind the gap at p; p if there is none, or what begins in it is broken or cut off. */
static const char *gap(Taken *taken, const char *p, const char *all) {
    for (const Gap *gap = taken->gaps; gap < taken->gaps + taken->gaps_n; gap++) {
        if (all - p <= gap->size || memcmp(p, gap->text, (size_t)gap->size)) continue;
        if (!any_value(p + gap->opens, all, 0, NULL)) return p;
        taken->line += newlines(p, p + gap->size);
        return separators(taken, p + gap->size, all);
    }
    return p;
}

/* Keep what a value held that ends before `next`; the place of the one behind it. */
static const char *kept_value(Taken *taken, const Kept *kept, const char *p, const char *next, const char *all) {
    int64_t lines = newlines(p, next) + 1;
    keep(taken, kept, lines - (taken->line == taken->last));
    taken->line = taken->last = taken->line + lines - 1;
    return gap(taken, separators(taken, next, all), all);
}

/* Takes the value at p in a form; returns what is behind it, NULL if that is in doubt. */
typedef const char *Take(Taken *taken, const void *form, const char *p, const char *end, char *out,
                         Kept *kept);

/* Take the values that a text begins with and that begin so, as long as they are in no doubt. */
static inline void take_values(Taken *taken, char begins, Take *take, const void *form, const char *data,
                               int64_t size, char *text) {
    const char *p = data, *all = data + size, *next;
    char *out = text;
    while (p < all && *p == begins && taken->n < MOST_TAKEN) {
        const char *end = all - p > taken->longest ? p + taken->longest : all;
        Kept kept = {0};
        if (!(next = take(taken, form, p, end, out, &kept))) break;
        out = put(kept.stop, "\n");
        p = kept_value(taken, &kept, p, next, all);
    }
    taken->at = p - data;
    taken->size = out - text;
}

/* Take the records of a text that begins with one, as long as they are in no doubt. */
void scan_records(Taken *taken, const Paths *paths, const char *data, int64_t size, char *text) {
    take_values(taken, '{', record, paths, data, size, text);
}

#endif
