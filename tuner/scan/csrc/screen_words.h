/* Messages of which the column has cut words ("…"), completed as Python's `rich_records` does it: the
 * message itself, its first word, an OpenAI address. */
#ifndef TUNER_SCREEN_WORDS_H
#define TUNER_SCREEN_WORDS_H

#include "message_ends.h"
#include "screen_rows.h"

enum { FEWEST_SIGNS = 8, FEWEST_OF_END = 4 }; /* of a message, and of the end of an address, that are looked for */

/* Where a text has its first ellipsis; `end` if it has none. */
static const char *ellipsis(const char *p, const char *end) {
    const char *found = place_of(p, end, ELLIPSIS, LENGTH(ELLIPSIS));
    return found ? found : end;
}

/* A known message: behind the sign that says whether it is all of a message or only begins one. */
static Slice known_message(const char *p, const char *all) {
    return (Slice){p + 1, (int32_t)(newline(p, all) - p - 1)};
}

static int starts_with(Slice text, const char *p, long size) {
    return text.size >= size && !memcmp(text.at, p, (size_t)size);
}

/* The shortest known message that begins like this, with which all others begin that do; its size is
 * 0 if there is none. They are given in the order of their length. */
static Slice only_message(const Screen *screen, const char *begins, long size) {
    const char *all = screen->messages + screen->messages_size;
    Slice first = {NULL, 0};
    if (size < FEWEST_SIGNS) return first;
    for (const char *p = screen->messages; p < all; p = newline(p, all) + 1) {
        Slice next = known_message(p, all);
        if (!starts_with(next, begins, size)) continue;
        if (first.size && !starts_with(next, first.at, first.size)) return (Slice){NULL, 0};
        if (!first.size) first = next;
    }
    return first;
}

/* The only first word of known messages that begin like this; its size is 0 if there are more, or none.
 * Only a response's headers go on with its version, as `rest` may. */
static Slice only_word(const Screen *screen, const char *begins, long size, const char *rest, const char *end) {
    const char *all = screen->messages + screen->messages_size;
    Slice first = {RECEIVED, LENGTH(RECEIVED)};
    if (BEGINS(rest, end, " return_value=(b'HTTP/") && starts_with(first, begins, size)) return first;
    first = (Slice){NULL, 0};
    for (const char *p = screen->messages; p < all; p = newline(p, all) + 1) {
        Slice next = known_message(p, all);
        if (!starts_with(next, begins, size)) continue;
        const char *blank = memchr(next.at, ' ', (size_t)next.size);
        if (blank) next.size = (int32_t)(blank - next.at);
        if (first.size && (first.size != next.size || memcmp(first.at, next.at, (size_t)first.size)))
            return (Slice){NULL, 0};
        first = next;
    }
    return first;
}

/* The rest of the first end of an address of which the address from p to end has the beginning. */
static Slice rest_of_address(const Screen *screen, const char *p, const char *end) {
    const char *all = screen->addresses + screen->addresses_size;
    for (const char *known = screen->addresses, *stop; known < all; known = stop + 1) {
        stop = newline(known, all);
        for (long size = stop - known - 1; size >= FEWEST_OF_END; size--)
            if (end - p >= size && !memcmp(end - size, known, (size_t)size))
                return (Slice){known + size, (int32_t)(stop - known - size)};
    }
    return (Slice){NULL, 0};
}

/* Put a text in place of what stands from p to the ellipsis that ends before `behind`. */
static void put_instead(char *p, const char *behind, Slice text, char **out) {
    memmove(p + text.size, behind, (size_t)(*out - behind));
    memcpy(p, text.at, (size_t)text.size);
    *out += p + text.size - behind;
}

/* The first word from p on that begins as an address does and is cut; NULL if there is none. */
static char *cut_address(char *p, char *end, char **behind) {
    for (; p < end; p = *behind + 1) {
        char *blank = memchr(p, ' ', (size_t)(end - p));
        *behind = blank ? blank : end;
        if (BEGINS(p, *behind, "http") && ends_cut(p, *behind)) return p;
    }
    return NULL;
}

/* Complete the address that is cut behind the first word, which ends at p; 0 if it is in doubt. */
static int complete_address(const Screen *screen, char *p, char **out) {
    char *behind, *rest = p + 1, *word = p < *out ? cut_address(rest, *out, &behind) : NULL;
    if (!word) return 1;
    if (place_of(rest, *out, word, behind - word) != word) return 0;
    char *cut = behind - LENGTH(ELLIPSIS);
    Slice known = rest_of_address(screen, word, cut);
    if (known.size) put_instead(cut, behind, known, out);
    return 1;
}

/* Complete the message at p, which goes up to `out`; 0 if it is in doubt. */
static int complete_words(const Screen *screen, char *p, char **out) {
    const char *cut = ellipsis(p, *out);
    if (cut == *out) return 1;
    Slice known = ends_cut(p, *out) ? only_message(screen, p, cut - p) : (Slice){NULL, 0};
    if (known.size) {
        *out = put_bytes(p, known.at, known.at + known.size);
        if (known.at[-1] == BEGINS_ONE) *out = put_bytes(*out, ELLIPSIS, ELLIPSIS + LENGTH(ELLIPSIS));
        return 1;
    }
    char *blank = memchr(p, ' ', (size_t)(*out - p)), *behind = blank ? blank : *out;
    if (ends_cut(p, behind)) {
        known = only_word(screen, p, behind - LENGTH(ELLIPSIS) - p, behind, *out);
        if (known.size) put_instead(p, behind, known, out), behind = p + known.size;
    }
    return complete_address(screen, behind, out);
}

#endif
