/* Lines of text and of LiveKit's JSON that take turns in, each kind apart out, as `reading/mixed_lines.py`
 * scans them. */
#ifndef TUNER_MIXED_LINES_H
#define TUNER_MIXED_LINES_H

#include "bytes.h"
#include <stddef.h>

/* Of which kind a line is. */
static int kind_of_line(const char *p, const char *end) {
    static const char zone[] = "+00:00\"}";
    if (!BEGINS(p, end, "{\"message\": \"") || end[-1] != '}') return OF_TEXT;
    return BEGINS(end - LENGTH(zone), end, zone) ? OF_ZONED : OF_UNZONED;
}

/* Whether a line below one of JSON can only be one of text. */
static int is_sure_text(const char *p, const char *end) {
    return p < end && (is_digit(*p) || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z'));
}

/* Put each line with those of its kind, those of the first to `text`, and those of the others behind
 * `size` bytes and a newline each. 0 if there are too many, or one may belong to one of another kind. */
int scan_mixed(MixedLines *out, const char *data, int64_t size, char *text) {
    const char *all = data + size, *end;
    int kind, before = OF_TEXT;
    memset(out, 0, offsetof(MixedLines, numbers));
    for (const char *p = data; p < all; p = end + 1, before = kind) {
        end = newline(p, all);
        kind = kind_of_line(p, end);
        if (kind == OF_TEXT && before != OF_TEXT && !is_sure_text(p, end)) return 0;
        if (out->all == MOST_LINES) return 0;
        out->numbers[kind][out->lines[kind]++] = ++out->all;
        char *to = text + kind * (size + 1) + out->size[kind];
        memcpy(to, p, (size_t)(end - p));
        to[end - p] = '\n';
        out->size[kind] += end - p + 1;
    }
    return 1;
}

#endif
