/* Lines above DEBUG that are of no row: how often each message came, and in which calls. */
#ifndef TUNER_OTHER_LINES_H
#define TUNER_OTHER_LINES_H

#include "count.h"

/* Whether none of eight bytes is above ASCII, or a backslash. */
static int is_plain_word(uint64_t word) {
    uint64_t slash = word ^ EACH('\\');
    return !((word | ((slash - EACH(1)) & ~slash)) & EACH(0x80));
}

/* Bytes by which Python tells such messages apart, or more: a character may have twelve. */
static int32_t beginning(const char *p, int32_t size) {
    int32_t most = size < BEGINNING ? size : BEGINNING, i = 0;
    while (i + 8 <= most && is_plain_word(word_at(p + i))) i += 8;
    for (; i < most; i++)
        if ((unsigned char)p[i] >= 0x80 || p[i] == '\\')
            return size < 12 * BEGINNING ? size : 12 * BEGINNING;
    return most;
}

/* The entry of the message; beyond MOST_OTHERS one for all of its source. */
static Entry *other_of(Scan *scan, const char *data, const Line *line, const Entry *from) {
    int32_t source = (int32_t)(from - scan->sources.entries);
    int32_t whole = (int32_t)(line->quote - line->message), size = beginning(line->message, whole);
    if (scan->others.used >= MOST_OTHERS &&
        !*slot_of(&scan->others, data, line->message, size, source))
        whole = size = 0;
    Entry *other = entry(&scan->others, data, line->message, size, source);
    if (other && !other->n) other->logger = whole;
    return other;
}

/* Remember that the message came in this call, unless there are too many such pairs. */
static void pair_up(Scan *scan, int32_t other, Entry *known) {
    uint64_t bit = other < 64 ? (uint64_t)1 << other : 0;
    if (known->others & bit) return;
    known->others |= bit;
    int32_t call = (int32_t)(known - scan->calls.entries);
    uint64_t slot = ((uint64_t)other << 12 | (uint64_t)call) * 0x9E3779B97F4A7C15u >> 40;
    for (;; slot++) {
        int32_t *place = &scan->pair_slots[slot % (2 * MOST_PAIRS)];
        if (!*place) {
            if (scan->pairs_n == MOST_PAIRS) return;
            scan->pairs[scan->pairs_n++] = (Pair){other, call};
            *place = scan->pairs_n;
            return;
        }
        Pair pair = scan->pairs[*place - 1];
        if (pair.other == other && pair.call == call) return;
    }
}

/* Count a line of no row that was counted otherwise. */
static void count_other(Scan *scan, const char *data, const Line *line, const Values *values,
                        const Entry *from) {
    Entry *other = other_of(scan, data, line, from);
    if (!other) return;
    other->n++;
    int loud = line->plain ? from->key > 1 : *line->level != 'I'; /* above INFO */
    Entry *call = loud ? call_of(scan, data, values) : NULL;
    if (call) pair_up(scan, (int32_t)(other - scan->others.entries), call);
}

#endif
