/* A row of livekit-agents 1.3.1 to 1.3.5: its fields have a column of their own behind the message,
 * and both are wrapped, or folded, in the lines below. */
#ifndef TUNER_SCREEN_COLUMNS_H
#define TUNER_SCREEN_COLUMNS_H

#include "cut_fields.h"
#include "screen_fields.h"

/* Of a row: where in a line its message begins, and how far behind that its fields do (0: none). */
typedef struct {
    const Screen *screen;
    long column, width;
    const char *begins; /* the message as it was put together */
} Sides;

/* Whether no message goes on behind this word, which just fills its column. */
static int is_whole_word(const Screen *screen, Slice word) {
    const char *end = screen->words + screen->words_size, *p = screen->words;
    for (; (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
        if (end - p > word.size + 1 && p[word.size + 1] == '\n' && same(p + 1, word.at, word.size)) return 1;
    return 0;
}

/* Whether a piece of a message ends inside of a word, which goes on with `below`; -1: where there are no
 * fields, nobody knows how wide the column is. */
static int is_folded(const Sides *sides, Slice piece, char below) {
    if (piece.size < sides->width - 1 || memchr(piece.at, ' ', (size_t)piece.size)) return 0;
    if (strchr(",;:)]}", piece.at[piece.size - 1])) return 0;
    if (below != '.' && is_whole_word(sides->screen, piece)) return 0;
    return sides->width ? 1 : -1;
}

/* Whether a bracket, or a quote, below belongs to this piece: name=(…), b'HTTP/1.1'. */
static int opens(Slice piece, char sign) {
    char last = piece.at[piece.size - 1], before = piece.size > 1 ? piece.at[piece.size - 2] : '(';
    return sign == '\'' ? last == 'b' && (before == '(' || before == '[') : sign != '"' && last == '=';
}

/* Whether the message so far is a whole word. */
static int is_word_so_far(const Sides *sides, const char *out, char below) {
    Slice word = {sides->begins, (int32_t)(out - sides->begins)};
    return below != '.' && word.size <= STARTS_BYTES && is_whole_word(sides->screen, word);
}

/* Write what stands between as the next piece of a message; 0 if it is in doubt. */
static int add_piece(const Sides *sides, Slice *last, const char *p, const char *end, char **out) {
    p = past_blanks(p, end);
    end = before_blanks(p, end);
    if (p == end) return 1;
    int folded = last->size ? is_folded(sides, *last, *p) : 1;
    for (const char *q = p; q < end; q++)
        if (!is_of_message(*q)) return 0;
    if (folded < 0) return 0;
    if (last->size && (!folded || (begins_word(p, end) && !opens(*last, *p)) || is_word_so_far(sides, *out, *p)))
        *(*out)++ = ' ';
    *out = put_bytes(*out, p, end);
    *last = (Slice){p, (int32_t)(end - p)};
    return 1;
}

/* Where the message goes on in the line at p, which is blank up to there; NULL if it does not. */
static const char *in_column(const char *p, const char *all, long column) {
    return past_blanks(p, all) - p < column ? NULL : p + column;
}

/* Where the fields are in the line that has its message at p: at its end if it has none. */
static const char *beside(const Sides *sides, const char *p, const char *end) {
    return sides->width && end - p > sides->width ? p + sides->width : end;
}

/* Write the message at p, and go behind its record, counting lines; NULL if it is in doubt. */
static const char *wrapped_message(const Sides *sides, const char *p, const char *all, char **out,
                                   int32_t *lines) {
    Slice last = {NULL, 0};
    while (1) {
        const char *end = newline(p, all);
        if (end == all || ++*lines > sides->screen->most_lines) return NULL;
        if (!add_piece(sides, &last, p, beside(sides, p, end), out)) return NULL;
        if (!(p = in_column(end + 1, all, sides->column))) return end + 1;
    }
}

/* Whether no reader takes the sign at p for a blank. */
static int is_solid(const char *p, const char *end) {
    unsigned char c = (unsigned char)*p;
    if (c < 0x80) return c > ' ' && c < 0x7F;
    if (BEGINS(p, end, ELLIPSIS) || c >= 0xE4) return 1;
    return (c >= 0xC3 && c <= 0xE0) || (c == 0xE3 && end - p > 1 && (unsigned char)p[1] != 0x80);
}

/* Whether a piece of fields keeps its ends, and is no line that Python changes. */
static int is_of_fields(const char *p, const char *end) {
    const char *last = end - 1;
    while (last > p && ((unsigned char)*last & 0xC0) == 0x80) last--;
    if (!is_solid(p, end) || !is_solid(last, end)) return 0;
    for (; p < end; p++)
        if ((unsigned char)*p < ' ' || (*p == '{' && BEGINS(p, end, "{\"\""))) return 0;
    return 1;
}

/* Write the fields beside the message at p, up to the end of the record; 0 if they are in doubt. */
static int fields_beside(const Sides *sides, const char *p, const char *all, char **out) {
    char *first = *out, *to = first;
    for (const char *end; p; p = in_column(end + 1, all, sides->column)) {
        end = newline(p, all);
        const char *piece = past_blanks(beside(sides, p, end), end), *stop = before_blanks(piece, end);
        if (piece == stop) continue;
        if (!is_of_fields(piece, stop)) return 0;
        if (to > first) *to++ = ' ';
        to = put_bytes(to, piece, stop);
    }
    int broken = has_ellipsis(first, to) ? are_broken(first, to) : to[-1] == '}' ? 0 : -1;
    *out = broken > 0 ? whole_fields(first, to) : to;
    return broken >= 0 && *out;
}

/* Write the message at p and its fields, and go behind them, counting lines; NULL: any doubt. */
static const char *columns(const Screen *screen, const RowHead *head, const char *p, const char *all, char **out,
                           int32_t *lines) {
    const char *brace = p;
    while (brace < all && is_of_message(*brace)) brace++;
    int is_alone = brace < all && *brace == '\n';
    if (!is_alone && (brace[-1] != ' ' || !BEGINS(brace, all, "{\""))) return NULL;
    Sides sides = {screen, head->column, is_alone ? 0 : brace - p, *out};
    *lines = 0;
    const char *behind = wrapped_message(&sides, p, all, out, lines);
    if (!behind || is_alone) return behind;
    char *fields = ++*out;
    fields[-1] = ' ';
    if (!fields_beside(&sides, p, behind, out)) return NULL;
    *out -= *out == fields;
    return behind;
}

#endif
