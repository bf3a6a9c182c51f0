/* Texts, digits, and tables of distinct texts. */
#ifndef TUNER_BYTES_H
#define TUNER_BYTES_H

#include "scan.h"
#include <string.h>

#define LENGTH(text) ((long)sizeof(text) - 1)
/* Whether a text goes on at p as this one begins; never looks beyond its end. */
#define BEGINS(p, end, text) ((end) - (p) >= LENGTH(text) && same(p, text, LENGTH(text)))

#define LIKELY(test) __builtin_expect(!!(test), 1)
#define UNLIKELY(test) __builtin_expect(!!(test), 0)

static inline uint64_t word_at(const char *p) {
    uint64_t word;
    memcpy(&word, p, 8);
    return word;
}

static inline uint32_t half_word_at(const char *p) {
    uint32_t word;
    memcpy(&word, p, 4);
    return word;
}

/* Whether the words at p and q are the same, and so those that end `size` bytes behind. */
static inline int same_ends(const char *p, const char *q, long size) {
    return ((word_at(p) ^ word_at(q)) | (word_at(p + size - 8) ^ word_at(q + size - 8))) == 0;
}

/* The same of half words. */
static inline int same_half_ends(const char *p, const char *q, long size) {
    return ((half_word_at(p) ^ half_word_at(q)) |
            (half_word_at(p + size - 4) ^ half_word_at(q + size - 4))) == 0;
}

/* Whether so many bytes are the same. The names of fields have 8 to 32, and as many as it likes:
 * a loop that ends sooner or later each time costs more than all that it compares. */
static inline int same(const char *p, const char *q, long size) {
    if (size < 8 || size > 32)
        return size < 4 || size > 8 ? memcmp(p, q, (size_t)size) == 0 : same_half_ends(p, q, size);
    return same_ends(p, q, size) && (size <= 16 || same_ends(p + 8, q + 8, size - 16));
}

/* As memcmp, of so many bytes: eight at least. */
static inline int compared(const char *p, const char *q, long size) {
    for (long at = 0; at < size; at += 8) {
        long from = at + 8 > size ? size - 8 : at;
        uint64_t left = __builtin_bswap64(word_at(p + from)), right = __builtin_bswap64(word_at(q + from));
        if (left != right) return left < right ? -1 : 1;
    }
    return 0;
}

static const char ELLIPSIS[] = "\xe2\x80\xa6"; /* where a column of a screen cut a word */

static const char *newline(const char *p, const char *all) {
    const char *end = memchr(p, '\n', (size_t)(all - p));
    return end ? end : all;
}

/* Where a text of so many bytes stands between p and end; NULL: nowhere. */
static const char *place_of(const char *p, const char *end, const char *text, long size) {
    for (end -= size - 1; p < end && (p = memchr(p, *text, (size_t)(end - p))) != NULL; p++)
        if (!memcmp(p, text, (size_t)size)) return p;
    return NULL;
}

static int is_digit(char c) { return c >= '0' && c <= '9'; }

static int digits(const char *p, int n) { /* -1 if they are none */
    int value = 0;
    for (int i = 0; i < n; i++) {
        if (!is_digit(p[i])) return -1;
        value = value * 10 + p[i] - '0';
    }
    return value;
}

/* Write a number with so many digits, and then a sign. */
static char *padded(int64_t number, int size, char sign, char *out) {
    for (int i = size; i--; number /= 10) out[i] = (char)('0' + number % 10);
    out[size] = sign;
    return out + size + 1;
}

/* The character of four hexadecimal digits; -1 if they are none, or half of a pair. */
static int code_of(const char *p) {
    int code = 0;
    for (int i = 0; i < 4; i++) {
        int letter = (p[i] | 0x20) >= 'a' && (p[i] | 0x20) <= 'f';
        if (!is_digit(p[i]) && !letter) return -1;
        code = code << 4 | (letter ? (p[i] | 0x20) - 'a' + 10 : p[i] - '0');
    }
    return code >= 0xD800 && code < 0xE000 ? -1 : code;
}

static uint64_t hashed(const char *p, int32_t size, uint64_t h) {
    const char *last = p + size - 8;
    uint64_t word = 0;
    if (size >= 8) {
        for (; p < last; p += 8) {
            h = (h ^ word_at(p)) * 0x9E3779B97F4A7C15u;
            h ^= h >> 32;
        }
        word = word_at(last);
    } else
        for (; size > 0; size--) word = word << 8 | (unsigned char)p[size - 1];
    h = (h ^ word) * 0x9E3779B97F4A7C15u;
    return h ^ h >> 29;
}

/* Whether an entry is that of these bytes. */
static inline int is_of(const Entry *known, const char *data, const char *p, int32_t size,
                        int32_t key) {
    return known->size == size && known->key == key && same(data + known->at, p, size);
}

/* Where the place of these bytes' entry stands, or would stand. */
static int32_t *slot_of(Table *table, const char *data, const char *p, int32_t size, int32_t key) {
    uint64_t slot = hashed(p, size, (uint64_t)size << 8 | (uint64_t)key) % MOST_SLOTS;
    for (int32_t index; (index = table->slots[slot]) != 0; slot = (slot + 1) % MOST_SLOTS)
        if (is_of(&table->entries[index - 1], data, p, size, key)) break;
    return &table->slots[slot];
}

/* The entry of these bytes; NULL if there is none. Lines that follow each other are mostly of one
 * call, or have one message: the entry before is tried first. */
static Entry *entry_of(Table *table, const char *data, const char *p, int32_t size, int32_t key) {
    Entry *latest = &table->entries[table->latest];
    if (table->used && is_of(latest, data, p, size, key)) return latest;
    int32_t place = *slot_of(table, data, p, size, key);
    if (!place) return NULL;
    table->latest = place - 1;
    return &table->entries[table->latest];
}

/* The same, new with n = 0; NULL if the table is full. */
static Entry *entry(Table *table, const char *data, const char *p, int32_t size, int32_t key) {
    Entry *known = entry_of(table, data, p, size, key);
    if (known || table->used == MOST_ENTRIES) return known;
    table->latest = table->used++;
    *slot_of(table, data, p, size, key) = table->used;
    Entry *fresh = &table->entries[table->latest];
    *fresh = (Entry){.at = (int32_t)(p - data), .size = size, .key = key};
    return fresh;
}

static void empty(Table *table) {
    if (table->used) memset(table->slots, 0, sizeof table->slots);
    table->used = 0;
}

#endif
