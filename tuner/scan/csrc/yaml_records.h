/* Records in YAML, as the printers of `gcloud` and `aws` write them, written anew as JSON. What is
 * accepted here reads as libyaml reads it, with `record_blocks.py`'s values; any doubt goes to Python. */
#ifndef TUNER_YAML_RECORDS_H
#define TUNER_YAML_RECORDS_H

#include "yaml_texts.h"

enum { DEEPEST_YAML = 12 };

/* The colon behind the name at p; NULL if no name stands there that is surely one. */
static const char *yaml_colon(const char *p, const char *end) {
    const char *start = p;
    if (p == end || is_digit(*p) || !is_of_name(*p)) return NULL;
    while (p < end && (is_of_name(*p) || strchr(".-/@", *p)) && *p) p++;
    if (end - p < 2 || *p != ':' || (p[1] != ' ' && p[1] != '\n')) return NULL;
    return yaml_word(start, p) ? NULL : p;
}

static int yaml_mapping(Writer *to, int32_t column, int depth);

/* Write the list whose first item's dash is at to->p, in this column. */
static int yaml_sequence(Writer *to, int32_t column, int depth) {
    for (*to->out++ = '['; BEGINS(to->p, to->end, "- "); to->p += column) {
        to->p += 2;
        if (to->p == to->end) return 0;
        if (!(yaml_colon(to->p, to->end) ? yaml_mapping(to, column + 2, depth + 1)
                                         : yaml_scalar(to, column)))
            return 0;
        int32_t next = yaml_column(to);
        if ((next < 0 && to->p < to->end) || next > column) return 0;
        if (next < column || !BEGINS(to->p + next, to->end, "- ")) break;
        *to->out++ = ',';
    }
    *to->out++ = ']';
    return 1;
}

/* Write the value on the lines below a name in this column. */
static int yaml_value_below(Writer *to, int32_t column, int depth) {
    int32_t next = yaml_column(to);
    if (next < 0 && to->p < to->end) return 0;
    int is_list = next >= column && BEGINS(to->p + next, to->end, "- ");
    if (next > column || is_list) {
        to->p += next;
        if (is_list) return yaml_sequence(to, next, depth + 1);
        return yaml_colon(to->p, to->end) && yaml_mapping(to, next, depth + 1);
    }
    write_as_it_is(to, "null", "null" + 4);
    return 1;
}

/* Write the object whose first name is at to->p, in this column. */
static int yaml_mapping(Writer *to, int32_t column, int depth) {
    if (depth > DEEPEST_YAML) return 0;
    int32_t around = open_object(to);
    for (;; to->p += column) {
        const char *colon = yaml_colon(to->p, to->end);
        if (!colon || !write_name(to, to->p, colon)) return 0;
        for (to->p = colon + 1; to->p < to->end && *to->p == ' ';) to->p++;
        if (to->p == to->end) return 0;
        if (*to->p == '\n' ? !(to->p++, yaml_value_below(to, column, depth)) : !yaml_scalar(to, column))
            return 0;
        int32_t next = yaml_column(to);
        if ((next < 0 && to->p < to->end) || next > column) return 0;
        if (next < column) break;
    }
    close_object(to, around);
    return 1;
}

/* Write the record of a document that begins at to->p with its dashes. */
static int yaml_document(Writer *to) {
    if (!BEGINS(to->p, to->end, "---\n")) return 0;
    to->p += 4;
    return yaml_column(to) == 0 && yaml_mapping(to, 0, 0);
}

/* Write the record that is the one item of the list at to->p. */
static int yaml_item(Writer *to) {
    if (!BEGINS(to->p, to->end, "- ")) return 0;
    to->p += 2;
    return yaml_colon(to->p, to->end) && yaml_mapping(to, 2, 0);
}

#endif
