/* Feeds damaged logs to the scan, in blocks of memory that end where the log ends.
 *
 *     scan_fuzz GIVEN HEADS KNOWN LOG ROUNDS SEED
 *
 * GIVEN holds the beginning of a Scan as `scanner.py` filled it in, HEADS that of a Screen, KNOWN the
 * kinds of records that were learnt. Built with the address and
 * undefined-behaviour sanitizers, which end the program at the first wrong step.
 */
#include "../tuner/scan/csrc/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int32_t scan_json(Scan *scan, const char *data, int64_t size, const char *text, int64_t texts);
int64_t scan_undock(const char *data, int64_t size, char *text);
int32_t scan_dev(Scan *scan, const char *data, int64_t size);
void scan_rows(Taken *taken, const Columns *columns, const char *data, int64_t size, char *text);
void scan_records(Taken *taken, const Paths *paths, const char *data, int64_t size, char *text);
void scan_lists(Taken *taken, const Lists *lists, const char *data, int64_t size, char *text);
void scan_field_lists(Taken *taken, const Paths *paths, const char *data, int64_t size, char *text);
void scan_labelled(Taken *taken, const Labels *form, const char *data, int64_t size, char *text);
void scan_counted(Taken *taken, const void *form, const char *data, int64_t size, char *text);
void scan_bare(Taken *taken, const void *form, const char *data, int64_t size, char *text);
void scan_dated(Taken *taken, Dated *dated, const char *data, int64_t size, char *text);
void scan_texts(Taken *taken, const void *form, const char *data, int64_t size, char *text);
int32_t scan_text(Scan *scan, const char *data, int64_t size, const char *text, int64_t texts);
int64_t scan_undock_text(const char *data, int64_t size, char *text);
void scan_text_lines(Taken *taken, const void *form, const char *data, int64_t size, char *text);
void scan_known(Taken *taken, const KnownRecords *known, const char *data, int64_t size, char *text);
int64_t scan_render(const KnownRecords *known, const char *data, int64_t size, char *text);
int32_t scan_rendered(Scan *scan, const char *data, int64_t size, const char *text, int64_t texts);
void scan_screen(Screen *screen, const char *data, int64_t size, char *text);
int64_t scan_gather(Gathered *found, const char *data, int64_t size, char *text);
void scan_pipecat(PipecatLines *out, const char *data, int64_t size);
int scan_pipecat_call(PipecatCall *out, const PipecatLine *rows, int64_t n, int64_t line);
void scan_spread(Spread *found, const char *data, int64_t size, char *text);
int scan_mixed(MixedLines *out, const char *data, int64_t size, char *text);

static uint64_t state = 88172645463325252u;

static size_t below(size_t limit) { /* xorshift64 */
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return limit ? state % limit : 0;
}

static char *content(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    char *data = malloc(64 << 20);
    if (!file || !data) exit(3);
    *size = fread(data, 1, 64 << 20, file);
    fclose(file);
    return data;
}

static void damage(char *data, size_t size) {
    static const char odd[] = "\"\\\0\n{}:, -.e0'\x1b\xc3\xff";
    for (size_t n = below(40); n-- && size;) {
        size_t at = below(size), width = below(4) ? 1 : below(40);
        for (size_t i = at; i < size && i < at + width; i++)
            data[i] = below(3) ? odd[below(sizeof odd - 1)] : data[below(size)];
    }
}

static void check(int right, const char *what) {
    if (right) return;
    fprintf(stderr, "wrong: %s\n", what);
    exit(4);
}

static void check_table(const Table *table, size_t size) {
    check(table->used <= MOST_ENTRIES, "entries");
    for (int32_t i = 0; i < table->used; i++)
        check(table->entries[i].at >= 0 &&
                  (size_t)table->entries[i].at + (size_t)table->entries[i].size <= size,
              "text of an entry");
}

static void check_all(const Scan *scan, const char *data, size_t size, size_t text_size) {
    int32_t lines = 0, before = -1;
    for (size_t i = 0; i < size; i++) lines += data[i] == '\n';
    check(scan->lines == lines + (size && data[size - 1] != '\n'), "lines");
    for (int32_t i = 0; i < scan->places_n; i++) {
        Place place = scan->places[i];
        check(place.line > before && place.line < scan->lines, "order of places");
        check(place.start <= place.end && (size_t)place.end <= size, "place");
        check(place.body <= place.stop && (size_t)place.stop <= text_size, "record");
        before = place.line;
    }
    int64_t counted = scan->places_n;
    for (int32_t i = 0; i < scan->sources.used; i++) counted += scan->sources.entries[i].n;
    check(counted + scan->passed + scan->empty == scan->lines, "every line is counted once");
    check_table(&scan->sources, text_size);
    check_table(&scan->calls, text_size);
    check_table(&scan->tallied, text_size);
    check_table(&scan->messages, text_size);
    check(scan->frames_n <= MOST_FRAMES, "frames");
    int32_t turns = 0;
    for (int32_t i = 0; i < scan->calls.used; i++) {
        Turns of = scan->calls.entries[i].turns;
        turns += of.commits + of.pauses;
        check(of.cutoffs + of.later + of.unknown <= of.commits, "judged turns");
    }
    check(turns <= scan->handed_n && scan->handed_n <= scan->lines, "handed lines");
}

static Step step(const char *text) {
    Step found = {(int32_t)strlen(text), {0}};
    memcpy(found.text, text, strlen(text));
    return found;
}

static void check_taken(const Taken *taken, const char *text, size_t size, size_t room) {
    int64_t lines = 0;
    check(taken->at >= 0 && (size_t)taken->at <= size, "what was taken");
    check(taken->size >= 0 && (size_t)taken->size <= room, "lines that were taken");
    for (int64_t i = 0; i < taken->size; i++) lines += text[i] == '\n';
    check(lines == taken->n, "a line for each record");
}

/* Take the records of an export: rows, then objects with a text, and with an object,
 * texts, lists, lines with labels, lengths or nothing, and lists of fields. */
static void take(Taken *taken, const char *data, size_t size) {
    static const char *const paths[][2] = {{"message", "timestamp"}, {"jsonPayload", "timestamp"}};
    size_t room = 2 * size + 4096;
    char *text = malloc(room);
    if (!text) exit(3);
    for (int32_t form = 0; form < 10; form++) {
        *taken = (Taken){.line = 1, .longest = 1 << 20};
        Columns columns = {',', 2, 1, 0};
        Paths path = {.is_object = form == 2, .target_n = 1, .time_n = 1, .times_n = 1};
        path.target[0] = step(paths[form == 2][0]);
        path.time[0] = path.times[0] = step("timestamp");
        Lists lists = {1, 0};
        Labels labels = {1, (int32_t)below(40)};
        const char *sign = memchr(data, "{{{\"\"[{{{["[form], size), *first = sign ? sign : data;
        if (form == 3)
            scan_texts(taken, NULL, first, data + size - first, text);
        else if (form == 4)
            scan_text_lines(taken, NULL, first, data + size - first, text);
        else if (form == 5)
            scan_lists(taken, &lists, first, data + size - first, text);
        else if (form == 6)
            scan_labelled(taken, &labels, data, (int64_t)size, text);
        else if (form == 7)
            scan_counted(taken, NULL, data, (int64_t)size, text);
        else if (form == 8)
            scan_bare(taken, NULL, data, (int64_t)size, text);
        else if (form == 9) {
            const char *listed = sign && data + size - sign > 1 ? memchr(sign + 1, '[', (size_t)(data + size - sign - 1)) : NULL;
            path.target[0] = step("@message"), path.time[0] = step("@timestamp");
            first = listed ? listed : first;
            scan_field_lists(taken, &path, first, data + size - first, text);
        } else if (form)
            scan_records(taken, &path, first, data + size - first, text);
        else
            scan_rows(taken, &columns, data, (int64_t)size, text);
        check_taken(taken, text, size, room);
    }
    free(text);
}

/* Take lines that begin like the templates of a scan, and go on behind each that is in doubt. */
static void take_dated(Taken *taken, const Scan *scan, const char *data, size_t size) {
    Dated *dated = calloc(1, sizeof *dated);
    char *text = malloc(size + 1);
    if (!dated || !text) exit(3);
    dated->templates_n = scan->templates_n;
    memcpy(dated->templates, scan->templates, sizeof dated->templates);
    for (size_t from = 0; from < size;) {
        *taken = (Taken){.line = 1, .longest = 1 << 20};
        const char *end = memchr(data + from, '\n', size - from);
        scan_dated(taken, dated, data + from, (int64_t)(size - from), text);
        check_taken(taken, text, size - from, size + 1);
        from = taken->at ? from + (size_t)taken->at : end ? (size_t)(end - data) + 1 : size;
    }
    free(dated);
    free(text);
}

/* Take the records of kinds that are known, and go on behind each that is in doubt. */
static void take_known(Taken *taken, KnownRecords *known, const char *data, size_t size) {
    size_t room = (1 + below(3)) * size + below(4096) + 64;
    char *text = malloc(room);
    if (!text) exit(3);
    known->room = (int64_t)room;
    for (size_t from = 0; from < size;) {
        *taken = (Taken){.line = 1, .longest = 1 << 20};
        const char *end = memchr(data + from, '\n', size - from);
        scan_known(taken, known, data + from, (int64_t)(size - from), text);
        check_taken(taken, text, size - from, room);
        from += taken->at ? (size_t)taken->at : end ? (size_t)(end - data) - from + 1 : size - from;
    }
    free(text);
}

/* Scan the lines that the lines of kinds that are known become. */
static void render(Scan *scan, KnownRecords *known, const char *data, size_t size) {
    size_t room = 2 * size + 4096;
    char *text = malloc(room);
    if (!text) exit(3);
    known->room = (int64_t)room;
    int64_t written = scan_render(known, data, (int64_t)size, text);
    check(written >= 0 && (size_t)written <= room, "lines that were rendered");
    if (!(text = realloc(text, written ? (size_t)written : 1))) exit(3);
    if (scan_rendered(scan, data, (int64_t)size, text, written) == 0)
        check_all(scan, data, size, (size_t)written);
    free(text);
}

enum { MOST_TIMES = 3 }; /* so long may lines become whose messages are completed (`screen_lines.py`) */

static void check_screen(const Screen *screen, const char *data, const char *text, size_t size) {
    int32_t lines = 0;
    check(screen->at >= 0 && (size_t)screen->at <= size, "how far a screen was read");
    check(screen->size >= 0 && (size_t)screen->size <= MOST_TIMES * size, "lines of a screen");
    for (int32_t i = 0; i < screen->size; i++) lines += text[i] == '\n';
    check(lines == screen->n, "a line for each record of a screen");
    for (int32_t i = lines = 0; i < screen->at; i++) lines += data[i] == '\n';
    check(lines == screen->line, "lines that a screen was read to");
    for (int32_t i = 0; i < screen->n; i++)
        check(screen->starts[i] >= (i ? screen->starts[i - 1] + 1 : 0) && screen->starts[i] < screen->at &&
                  screen->times[i] < screen->starts[i] && screen->lines[i] < screen->line,
              "place of a record");
}

/* Take the records of a screen, and go on behind each that is in doubt. */
static void read_screen(Screen *screen, const char *data, size_t size) {
    static char *text = NULL;
    char *room = realloc(text, size ? MOST_TIMES * size : 1);
    if (!room) exit(3);
    text = room;
    screen->coloured = below(2) == 0;
    screen->damaged = below(2) == 0;
    for (int32_t from = 0; (size_t)from < size; from = screen->at) {
        screen->at = screen->size = screen->n = screen->line = 0;
        screen->time = screen->last_ms = -1;
        const char *end = memchr(data + from, '\n', size - (size_t)from);
        scan_screen(screen, data + from, (int64_t)size - from, text);
        check_screen(screen, data + from, text, size - (size_t)from);
        if (!screen->at) screen->at = end ? (int32_t)(end - data) - from + 1 : (int32_t)size - from;
        screen->at += from;
    }
}

/* Write a line for each record that has its fields below it, and scan them. */
static void gather(Scan *scan, Gathered *found, const char *data, size_t size) {
    char *text = malloc(2 * size + 8);
    if (!text) exit(3);
    int64_t written = scan_gather(found, data, (int64_t)size, text);
    int32_t lines = 0;
    check(written >= 0 && (size_t)written <= 2 * size + 8, "how much was gathered");
    for (int64_t i = 0; i < written; i++) lines += text[i] == '\n';
    check(lines == found->n && found->left <= found->n, "a line for each record");
    for (size_t i = lines = 0; i < size; i++) lines += data[i] == '\n';
    check(lines + (size && data[size - 1] != '\n') == found->lines[found->n], "lines of records");
    if (!(text = realloc(text, written ? (size_t)written : 1))) exit(3);
    if (scan->templates_n && scan_text(scan, text, written, text, written) == 0)
        check_all(scan, text, (size_t)written, (size_t)written);
    free(text);
}

/* Look through a log of Pipecat, and write the turns of all that it reports as those of one call. */
static void look_through(PipecatLines *found, PipecatCall *call, const char *data, size_t size) {
    *call = (PipecatCall){.late_sound_s = 1, .heard_s = 1.5, .sure_s = 0.2, .most_sounds = 1000, .waiting = 64};
    int32_t lines = 0;
    for (size_t from = 0; from < size; from += (size_t)found->at) {
        scan_pipecat(found, data + from, (int64_t)(size - from));
        check(found->at > 0 && (size_t)found->at <= size - from, "how far it was looked through");
        check(found->stops_n <= found->n, "lines that are stops");
        if (!scan_pipecat_call(call, found->found, found->n, 7)) continue;
        for (int32_t i = lines = 0; i < call->size; i++) lines += call->text[i] == '\n';
        check(lines == call->n, "lines of a call");
    }
}

/* Join the records of several lines of each form, and go on behind each that is in doubt; short ones,
 * since what is no record of the form is looked through from each of its lines. */
static void join(Spread *found, const char *data, size_t size) {
    enum { TWO_NAMES = 8, OF_CSV = 6 + TWO_NAMES / 2 + 4 };
    size_t room = OF_CSV * size + 64;
    char *text = malloc(room);
    if (!text) exit(3);
    found->names = "\"a\":\"b\":", found->columns = 2, found->ends[0] = 4, found->ends[1] = TWO_NAMES;
    found->delimiter = ' ';
    for (int form = YAML_DOCUMENTS; form <= CSV_ROWS; form++)
        for (size_t from = 0; from < size;) {
            int64_t lines = 0;
            found->line = 1, found->longest = 1 << 12, found->form = form, found->n = 0;
            const char *end = memchr(data + from, '\n', size - from);
            scan_spread(found, data + from, (int64_t)(size - from), text);
            check(found->at >= 0 && (size_t)found->at <= size - from, "how far records were joined");
            check(found->size >= 0 && (size_t)found->size <= room, "how much was joined");
            for (int64_t i = 0; i < found->size; i++) lines += text[i] == '\n';
            check(lines == found->n, "a line for each joined record");
            from += found->at ? (size_t)found->at : end ? (size_t)(end - data) - from + 1 : size - from;
        }
    free(text);
}

/* Take the lines of text and of JSON apart. */
static void take_apart(MixedLines *mixed, const char *data, size_t size) {
    char *text = malloc(KINDS_OF_LINES * (size + 1));
    if (!text) exit(3);
    if (scan_mixed(mixed, data, (int64_t)size, text)) {
        size_t bytes = size && data[size - 1] != '\n', lines = 0;
        for (int kind = 0; kind < KINDS_OF_LINES; kind++) {
            bytes -= (size_t)mixed->size[kind];
            lines += (size_t)mixed->lines[kind];
        }
        check(bytes + size == 0, "bytes of mixed lines");
        check(lines == (size_t)mixed->all, "numbers of mixed lines");
    }
    free(text);
}

int main(int argc, char **argv) {
    if (argc != 7) return 2;
    state += strtoull(argv[6], NULL, 10);
    size_t given_size, heads_size, known_size, size;
    char *given = content(argv[1], &given_size), *heads = content(argv[2], &heads_size);
    char *kinds = content(argv[3], &known_size), *log = content(argv[4], &size);
    Scan *scan = calloc(1, sizeof *scan);
    Taken *taken = calloc(1, sizeof *taken);
    Screen *screen = calloc(1, sizeof *screen);
    KnownRecords *known = calloc(1, sizeof *known);
    PipecatLines *found = calloc(1, sizeof *found);
    PipecatCall *call = calloc(1, sizeof *call);
    MixedLines *mixed = calloc(1, sizeof *mixed);
    Gathered *gathered = calloc(1, sizeof *gathered);
    Spread *spread = calloc(1, sizeof *spread);
    if (!spread || !gathered || !found || !call || !mixed || !known || known_size > sizeof *known) return 3;
    memcpy(known, kinds, known_size);
    if (!scan || !taken || !screen || given_size > sizeof *scan || heads_size > sizeof *screen) return 3;
    memcpy(scan, given, given_size);
    memcpy(screen, heads, heads_size);
    for (int round = atoi(argv[5]); round > 0; round--) {
        size_t start = below(size), part = below(below(8) ? 20000 : size - start);
        part = part < size - start ? part : size - start;
        while (start && log[start - 1] != '\n') start--;
        char *data = malloc(part ? part : 1);
        if (!data) return 3;
        memcpy(data, log + start, part);
        if (round % 4) damage(data, part);
        scan->in_order = below(4) == 0;
        scan->filters = below(4) == 0;
        scan->strict = below(2) == 0;
        scan->since = (double)below(100000);
        scan->until = below(2) ? 86400.0 : 1e12;
        scan->call_size = (int32_t)below(20);
        if (scan_json(scan, data, (int64_t)part, data, (int64_t)part) == 0)
            check_all(scan, data, part, part);
        if (scan_dev(scan, data, (int64_t)part) == 0) check_all(scan, data, part, part);
        if (scan->templates_n && scan_text(scan, data, (int64_t)part, data, (int64_t)part) == 0)
            check_all(scan, data, part, part);
        char *room = malloc(part ? part : 1);
        if (!room) return 3;
        int64_t text_size = scan_undock(data, (int64_t)part, room);
        char *text = realloc(room, text_size ? (size_t)text_size : 1);
        if (!text) return 3;
        if (scan_json(scan, data, (int64_t)part, text, text_size) == 0)
            check_all(scan, data, part, (size_t)text_size);
        text_size = scan_undock_text(data, (int64_t)part, text = realloc(text, part ? part : 1));
        text = realloc(text, text_size ? (size_t)text_size : 1);
        if (!text) return 3;
        if (scan->templates_n && scan_text(scan, data, (int64_t)part, text, text_size) == 0)
            check_all(scan, data, part, (size_t)text_size);
        free(text);
        take(taken, data, part);
        if (scan->templates_n) take_dated(taken, scan, data, part);
        if (known->kinds_n) take_known(taken, known, data, part);
        if (known->kinds_n && known->lines) render(scan, known, data, part);
        if (screen->heads_n) read_screen(screen, data, part);
        if (part) look_through(found, call, data, part);
        take_apart(mixed, data, part);
        join(spread, data, part);
        gather(scan, gathered, data, part);
        free(data);
    }
    free(known);
    free(found);
    free(call);
    free(mixed);
    free(spread);
    free(gathered);
    free(kinds);
    free(taken);
    free(screen);
    free(scan);
    free(given);
    free(heads);
    free(log);
    return 0;
}
