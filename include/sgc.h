/*
 * sgc.h: the C interface of libsgc, a semantic visual tokenizer that trains as well as infers in the host's process.
 *
 * THE CONTRACT: it holds for every function, and the functions below do not repeat it.
 *
 *  1. Every call that can fail returns an sgc_status: SGC_OK (0) or one of the SGC_E_ values. sgc_last_error() says in
 *     one sentence what was expected, what came and where. No argument, file or pixel ends or hangs the host.
 *  2. Pointers must not be NULL unless the text says "may be NULL". A wrong NULL is SGC_E_ARG (a NULL handle:
 *     SGC_E_HANDLE), never a crash. Memory that is not readable or not as large as stated cannot be detected.
 *  3. Out-parameters come first and are called out_. They are written on success only; the size results of a size
 *     query are written, too, when the buffer is too small.
 *  4. Memory belongs to who allocated it. What a caller passes is borrowed for the length of the call: nothing is kept,
 *     inputs are never written. Strings that a function returns belong to the library.
 *  5. Structures start with struct_size and go by pointer. Set it to sizeof(the structure) (the SGC_..._INIT macros do)
 *     and every other field you do not use to 0. They only ever grow at the end: the library reads what both
 *     sides know. A smaller size than that of version 0.1, or an unknown tail that is not zero, is SGC_E_ABI; a
 *     reserved field that is not 0, or an enumeration value that does not exist, is SGC_E_ARG.
 *     The elements of an array of structures lie struct_size bytes apart, and all have the struct_size of the first.
 *  6. Strings are UTF-8 and end with NUL. Sizes are size_t and count elements, unless a name says bytes.
 *  7. Threads: sgc_tokenizer and sgc_teacher handles are immutable: any number of threads may use one at once. An
 *     sgc_trainer does one call at a time: a second caller gets SGC_E_STATE at once and does not wait. A handle may be
 *     freed at any time from any thread: calls that run on it finish, later ones get SGC_E_HANDLE. All other functions
 *     may be called from any thread. The library computes on threads of its own (all signals blocked there), while the
 *     caller waits.
 *  8. fork: a child may use the tokenizers and teachers it inherited, and create new handles. A trainer belongs to the
 *     process that created it: in a child every call on it is SGC_E_FORKED, and sgc_trainer_free just forgets it.
 *  9. The library prints nothing, installs no signal handler, never exits, and changes neither the working directory,
 *     the locale, the environment, errno, nor the floating-point state of the caller. It computes in the default
 *     floating-point environment, whatever the caller's is.
 * 10. Same library, machine, model, input, precision and thread count: same bits. Tokens are the same for every
 *     thread count and batch size.
 *
 * What cannot be promised: to survive a thread stack below 256 KiB, the failure of an allocation of a few bytes, memory
 * corruption by the host, a callback that unwinds (an exception, longjmp) through the library, and to be loaded beside
 * another copy of ONNX's messages on the same libprotobuf: a host that compiles onnx.proto into itself and links
 * libprotobuf.so.32 is ended by protobuf. Such a host links libonnx_proto instead, or protobuf statically.
 *
 * Versions: within one SGC_ABI_VERSION no function is removed and no signature or value changes.
 * Everything here is "since 0.1" unless it says otherwise.
 */
#ifndef SGC_H
#define SGC_H

#include <stddef.h>
#include <stdint.h>

#if UINTPTR_MAX < 0xffffffffffffffff
#error "libsgc needs 64-bit pointers: the value of a handle has 64 bits"
#endif

#if defined(__GNUC__)
#define SGC_API __attribute__((visibility("default")))
#define SGC_CHECK_RESULT __attribute__((warn_unused_result))
#else
#define SGC_API
#define SGC_CHECK_RESULT
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------------------------------------------------- version */

/* The version of this header. Compare with sgc_version(), which is that of the library that is loaded. */
#define SGC_VERSION_MAJOR 0
#define SGC_VERSION_MINOR 1
#define SGC_VERSION_PATCH 0

/* The number of the binary interface, which is also the number in the library's soname, libsgc.so.0. */
#define SGC_ABI_VERSION 0

/* The version of the loaded library: major * 1,000,000 + minor * 1,000 + patch. */
SGC_API int32_t sgc_version(void);

/* The version of the loaded library as text, "0.1.0". Lives for ever. */
SGC_API const char *sgc_version_string(void);

/* The SGC_ABI_VERSION of the loaded library. A caller built against another number must not go on. */
SGC_API int32_t sgc_abi_version(void);

/* ----------------------------------------------------------------------------------------------------------- status */

/* What a call returns: SGC_OK, or the class of its failure. Branch on the class; show people sgc_last_error().
 * The values never change; new ones may be added, so treat an unknown value as a failure. */
typedef int32_t sgc_status;

enum {
    SGC_OK = 0,            /* done */
    SGC_E_ARG = 1,         /* an argument is outside what this text allows */
    SGC_E_HANDLE = 2,      /* a handle is NULL, freed, foreign, of another type, or damaged */
    SGC_E_STATE = 3,       /* the object is busy, or not in the state that the call needs */
    SGC_E_ABI = 4,         /* caller and library disagree about the size or version of a structure */
    SGC_E_NOMEM = 5,       /* the memory budget or the machine's memory is exhausted */
    SGC_E_LIMIT = 6,       /* a stated limit (size, count, depth) is exceeded */
    SGC_E_FORMAT = 7,      /* a file or text does not follow its format */
    SGC_E_TRUNCATED = 8,   /* a file ends before its content does */
    SGC_E_UNSUPPORTED = 9, /* the content is valid, but this version cannot do it */
    SGC_E_CHECKSUM = 10,   /* stored and computed digests differ */
    SGC_E_MISMATCH = 11,   /* two things that belong together do not fit (tokens and image size, tensor and shape) */
    SGC_E_RANGE = 12,      /* a value lies outside its range (a token, a class id, a pixel) */
    SGC_E_NUMERIC = 13,    /* a number is NaN or infinite where it must be finite */
    SGC_E_IO = 14,         /* the operating system refused to read or write */
    SGC_E_PATH = 15,       /* a path is not allowed */
    SGC_E_CANCELLED = 16,  /* sgc_cancel() ended the call */
    SGC_E_FORKED = 17,     /* the handle was created before a fork and cannot be used in the child */
    SGC_E_INTERNAL = 18    /* a defect of this library: please report it with the message */
};

/* The name of a status, "SGC_E_RANGE"; "SGC_E_?" for a value that this version does not know. Lives for ever. */
SGC_API const char *sgc_status_name(sgc_status status);

/* What went wrong in the calling thread's last call that returned a status: UTF-8 of at most 511 bytes, never NULL,
 * empty after a success and on a thread that had no failure. Valid until the next call on this thread. */
SGC_API const char *sgc_last_error(void);

/* ---------------------------------------------------------------------------------------------------------- logging */

enum {
    SGC_LOG_ERROR = 0,   /* something failed that no status reports */
    SGC_LOG_WARNING = 1, /* worth a look, the call goes on */
    SGC_LOG_INFO = 2,    /* what the library did: loaded, saved, skipped a step */
    SGC_LOG_DEBUG = 3    /* for the people who write libsgc */
};

/* Receives one line of log without a line end. `message` is borrowed for the call.
 * It may run on any thread, also on the library's, and on several at once; it must return soon, and must not unwind.
 * Inside it every function of this header that returns a status gives SGC_E_STATE, except sgc_cancel(). */
typedef void (*sgc_log_callback)(int32_t level, const char *message, void *user_data);

/* Sets the process's one receiver of log lines, in place of the one before. `callback` may be NULL: no log, as at the
 * start. `user_data` may be NULL and is handed back as it is. When this returns, the earlier callback is not called any
 * more, but a call of it that another thread has begun may still run. */
SGC_API void sgc_set_log_callback(sgc_log_callback callback, void *user_data);

/* ----------------------------------------------------------------------------------------------------------- images */

/* How pixels lie in memory. Colors are non-linear sRGB. Alpha is ignored in inputs and opaque in outputs.
 * 8-bit channels are 0...255. Float channels are nominally 0...1: values from -0.25 to 1.25 are clamped (resampling
 * overshoots), others are SGC_E_RANGE (usually 0...255 or -1...1 by mistake), NaN and infinity are SGC_E_NUMERIC. */
enum {
    SGC_PIXEL_RGB8 = 1,         /* 3 bytes per pixel */
    SGC_PIXEL_BGR8 = 2,         /* 3 bytes per pixel */
    SGC_PIXEL_RGBA8 = 3,        /* 4 bytes per pixel */
    SGC_PIXEL_BGRA8 = 4,        /* 4 bytes per pixel */
    SGC_PIXEL_GRAY8 = 5,        /* 1 byte per pixel; read as R = G = B, written as 0.299 R + 0.587 G + 0.114 B */
    SGC_PIXEL_RGB32F = 6,       /* 3 floats per pixel, interleaved */
    SGC_PIXEL_RGB32F_PLANAR = 7 /* a plane of R, a plane of G, a plane of B; 1 float per pixel in each */
};

/* An image to read. Any address will do; floats need not be aligned.
 * The limits: each side at most 32,768 and the product at most 2^28 pixels (SGC_E_LIMIT). */
typedef struct sgc_image {
    uint32_t struct_size;       /* sizeof(sgc_image) */
    int32_t format;             /* SGC_PIXEL_... */
    const void *data;           /* the first byte of the top left pixel */
    int32_t width;              /* pixels, at least 1 */
    int32_t height;             /* pixels, at least 1 */
    int64_t row_stride_bytes;   /* from one row to the next; 0: rows are packed; else not below the row's bytes */
    int64_t plane_stride_bytes; /* planar: from one plane to the next; 0: height * row stride; else not below */
} sgc_image;

/* An image to write: as sgc_image. Bytes between rows and planes are left as they are. */
typedef struct sgc_mutable_image {
    uint32_t struct_size; /* sizeof(sgc_mutable_image) */
    int32_t format;       /* SGC_PIXEL_... */
    void *data;
    int32_t width;
    int32_t height;
    int64_t row_stride_bytes;
    int64_t plane_stride_bytes;
} sgc_mutable_image;

/* The element type of a label map. */
enum {
    SGC_LABEL_UINT8 = 1, /* 1 byte per pixel, class ids 0...255 */
    SGC_LABEL_UINT16 = 2 /* 2 bytes per pixel in the machine's order, class ids 0...65535 */
};

/* The class of each pixel of an image; the size is that of the image (SGC_E_MISMATCH otherwise).
 * An id that is neither below the configuration's number of classes nor the ignore id is SGC_E_RANGE. */
typedef struct sgc_label_map {
    uint32_t struct_size; /* sizeof(sgc_label_map) */
    int32_t format;       /* SGC_LABEL_... */
    const void *data;     /* the first byte of the top left id */
    int32_t width;
    int32_t height;
    int64_t row_stride_bytes; /* 0: rows are packed */
    int32_t ignore_id;        /* pixels with this id have no class; -1: all have one */
    int32_t reserved;         /* 0 */
} sgc_label_map;

#define SGC_IMAGE_INIT {(uint32_t)sizeof(sgc_image), 0, 0, 0, 0, 0, 0}
#define SGC_MUTABLE_IMAGE_INIT {(uint32_t)sizeof(sgc_mutable_image), 0, 0, 0, 0, 0, 0}
#define SGC_LABEL_MAP_INIT {(uint32_t)sizeof(sgc_label_map), 0, 0, 0, 0, 0, -1, 0}

/* ---------------------------------------------------------------------------------------------------------- options */

/* The arithmetic of large products. Sums, weights, norms, losses and distances are float32 in both. */
enum { SGC_PRECISION_FLOAT32 = 0, SGC_PRECISION_BFLOAT16 = 1 };

/* How a handle computes; the same for tokenizers, teachers and trainers. */
typedef struct sgc_engine_options {
    uint32_t struct_size;         /* sizeof(sgc_engine_options) */
    int32_t threads;              /* 1...1024 (SGC_E_LIMIT above); 0: what the machine, the process's affinity and
                                     cgroup quota, and OMP_NUM_THREADS allow */
    int32_t precision;            /* SGC_PRECISION_... */
    int32_t tile_size;            /* for a tokenizer that is loaded: larger images are computed in tiles of this side in
                                     pixels, in memory bounded by it; see sgc_encode(); at least 24 f (SGC_E_ARG), and
                                     rounded down to a multiple of f; 0: at once */
    uint64_t memory_budget_bytes; /* for weights, activations and buffers of the handle; beyond it a call ends with
                                     SGC_E_NOMEM; 0: no budget */
    uint64_t operation_limit;     /* for a teacher: the most floating-point operations of one run of its network, in
                                     which an element that is read or written counts as 32, and as 1024 in arithmetic
                                     with shapes and indices; a node that would take more ends the run with
                                     SGC_E_LIMIT; 0: 5 * 10^14 */
} sgc_engine_options;

#define SGC_ENGINE_OPTIONS_INIT {(uint32_t)sizeof(sgc_engine_options), 0, 0, 0, 0, 0}

/* -------------------------------------------------------------------------------------------------------- tokenizer */

/* A trained model: images to tokens and back. Immutable; many threads may use one at once.
 * The value is not an address: it is looked up, so a stale or damaged one is SGC_E_HANDLE and never undefined. */
typedef struct sgc_tokenizer sgc_tokenizer;

/* Loads the model in the directory `directory` (config.json, model.safetensors, ...; what sgc_trainer_export() writes).
 * The files are read to the end before this returns and not needed afterwards. `options` may be NULL: all defaults.
 * Free the handle with sgc_tokenizer_free().
 * SGC_E_ARG: tiles are too small; SGC_E_IO: a file cannot be read; SGC_E_FORMAT, SGC_E_TRUNCATED, SGC_E_CHECKSUM,
 * SGC_E_MISMATCH: it is damaged, or a tensor is missing (the message lists names); SGC_E_UNSUPPORTED: a later version
 * wrote it; SGC_E_NOMEM; SGC_E_NUMERIC: a weight is not finite. */
SGC_API SGC_CHECK_RESULT sgc_status sgc_tokenizer_load(sgc_tokenizer **out_tokenizer, const char *directory,
                                                       const sgc_engine_options *options);

/* Frees a tokenizer; calls that still run on it finish first, in their own threads. NULL: nothing to do, SGC_OK.
 * SGC_E_HANDLE: it was freed before, or is not a tokenizer. */
SGC_API sgc_status sgc_tokenizer_free(sgc_tokenizer *tokenizer);

/* The model's whole configuration as JSON (one object, UTF-8, ends with NUL).
 * A size query: `buffer` may be NULL if `capacity_bytes` is 0. `out_size_bytes` is set to the bytes needed with NUL.
 * SGC_E_ARG: the buffer is too small. */
SGC_API SGC_CHECK_RESULT sgc_status sgc_tokenizer_info(size_t *out_size_bytes, char *buffer, size_t capacity_bytes,
                                                       const sgc_tokenizer *tokenizer);

/* The numbers that a caller needs to make room: K, the codebook's entries (tokens are 0...K-1); D, the numbers in one
 * entry; f, the side in pixels of the square of the image that one token stands for. Each out_ may be NULL. */
SGC_API SGC_CHECK_RESULT sgc_status sgc_tokenizer_shape(int32_t *out_codebook_size, int32_t *out_code_dimension,
                                                        int32_t *out_downsampling_factor,
                                                        const sgc_tokenizer *tokenizer);

/* The token grid of an image of width x height pixels: ceil(height / f) rows of ceil(width / f) tokens.
 * Sides need not be divisible by f: sgc_encode() repeats the last column and row as often as needed, and sgc_decode()
 * cuts that away again. SGC_E_ARG: a side is below 1; SGC_E_LIMIT: the image is too large. */
SGC_API SGC_CHECK_RESULT sgc_status sgc_token_grid(int32_t *out_rows, int32_t *out_columns,
                                                   const sgc_tokenizer *tokenizer, int32_t width, int32_t height);

/* What sgc_encode() gives. The caller sets the pointers and capacities; the library fills the memory and the counts.
 * Arrays are dense and in row-major order, image after image, top left token first: [images, rows, columns]. */
typedef struct sgc_encoding {
    uint32_t struct_size;       /* sizeof(sgc_encoding) */
    int32_t reserved;           /* 0 */
    size_t token_capacity;      /* how many elements fit into each of the next four arrays */
    int32_t *tokens;            /* codebook indices, 0...K-1 */
    int32_t *classes;           /* may be NULL: the class id that the token's code mostly stood for in training;
                                   -1: the model knows no classes, or the code was never used */
    float *purities;            /* may be NULL: the share of that class among the code's training hits, 0...1;
                                   0 where the class is -1 */
    float *margins;             /* may be NULL: distance to the second-best code minus that to the chosen one, >= 0;
                                   a small one means that the choice was close. The model's own measure:
                                   squared Euclidean for vq and cvq, that of the paper's Eq. 6 for sgc */
    size_t latent_capacity;     /* how many floats fit into `latents` */
    float *latents;             /* may be NULL: the chosen codebook entries, [images, rows, columns, D] */
    sgc_status *image_statuses; /* may be NULL; see sgc_encode(); one for each image */
    int32_t rows;               /* out: rows of each image's grid */
    int32_t columns;            /* out: columns of each image's grid */
    size_t token_count;         /* out: images * rows * columns */
    size_t latent_count;        /* out: images * rows * columns * D */
} sgc_encoding;

#define SGC_ENCODING_INIT {(uint32_t)sizeof(sgc_encoding), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

/* Encodes a batch of images, all of one width and height (SGC_E_MISMATCH otherwise), into tokens.
 * `image_count` may be 0, `images` may then be NULL: all counts become 0.
 * A size query: with `tokens`, `classes`, `purities`, `margins` and `latents` NULL and both capacities 0 only the out
 * fields are set. SGC_E_ARG: a capacity is too small (the out fields are set), or output memory overlaps an image.
 * A bad image: without `image_statuses`, the call ends with its status, its number is in the message, and no array is
 * written. With them, each image gets its own status and all good ones are encoded; the tokens and classes of a bad one
 * are -1 and its other values 0; the call's status is that of the first bad image. The size of the batch is that of
 * its first image, whose width and height must be valid in either case; an image of another size is a bad one.
 * With tiles (tile_size of the options), an image with a side above the tile's is computed three times, tile by tile:
 * twice for the statistics of the whole image that norms need, which are found only nearly. Attention sees no farther
 * than its tile. So tokens differ from those of the image computed at once where a choice is close. sgc_decode() does
 * the same.
 * SGC_E_CANCELLED: sgc_cancel() was called; no array is to be trusted. */
SGC_API SGC_CHECK_RESULT sgc_status sgc_encode(sgc_encoding *out_encoding, const sgc_tokenizer *tokenizer,
                                               const sgc_image *images, size_t image_count);

/* Decodes token grids, [image_count, rows, columns] in `tokens`, into images of the caller's, all of one width and
 * height. The images' size says how much of the last row and column of tokens is cut away: rows must be
 * ceil(height / f) and columns ceil(width / f) (SGC_E_MISMATCH otherwise). `token_count` must be
 * image_count * rows * columns (SGC_E_ARG).
 * `image_count` may be 0; `out_images` and `tokens` may then be NULL.
 * SGC_E_RANGE: a token is not in 0...K-1 (the message says which; nothing is written); SGC_E_ARG: an image overlaps
 * the tokens; SGC_E_CANCELLED: sgc_cancel() was called, and the images are not to be trusted; nor are they after
 * SGC_E_NOMEM. */
SGC_API SGC_CHECK_RESULT sgc_status sgc_decode(const sgc_mutable_image *out_images, size_t image_count,
                                               const sgc_tokenizer *tokenizer, const int32_t *tokens,
                                               size_t token_count, int32_t rows, int32_t columns);

/* Copies the codebook, [K, D] float32, into `codes`.
 * A size query: `codes` may be NULL if `capacity` (in floats) is 0. `out_count` is set to K * D.
 * SGC_E_ARG: the capacity is too small. */
SGC_API SGC_CHECK_RESULT sgc_status sgc_codebook(size_t *out_count, float *codes, size_t capacity,
                                                 const sgc_tokenizer *tokenizer);

/* Finds the nearest codebook entry for latents of any origin, [latent_count, D] float32 in `latents`: what sgc_encode()
 * does after its encoder, in float32 whatever the precision. `out_tokens` and `out_margins` (may be NULL) have room for
 * `latent_count` elements; what they hold is described with sgc_encoding's fields of these names.
 * `latent_count` may be 0, the pointers may then be NULL.
 * SGC_E_NUMERIC: a latent is NaN or infinite (the message says which; nothing is written); SGC_E_ARG: output memory
 * overlaps the latents; SGC_E_CANCELLED: sgc_cancel() was called. After that and after SGC_E_NOMEM the arrays are not
 * to be trusted. */
SGC_API SGC_CHECK_RESULT sgc_status sgc_quantize(int32_t *out_tokens, float *out_margins,
                                                 const sgc_tokenizer *tokenizer, const float *latents,
                                                 size_t latent_count);

/* ---------------------------------------------------------------------------------------------------------- teacher */

/* A pretrained network from an ONNX file that a tokenizer can learn from. Its kind is "segmentation" (classes of
 * pixels), "features" (what a vision transformer sees in each place), "perceptual" (a distance of images), "text" (the
 * tower that embeds texts), or "graph" (any other network); the last two are for sgc_teacher_evaluate() alone.
 * Immutable; many threads may use one at once, their calls are done one after another. */
typedef struct sgc_teacher sgc_teacher;

/* Loads the network in the ONNX file `path`, with its external data from files beside it, and the description of what
 * it takes and gives: a JSON file of the same name with .json in place of .onnx. Without that file, and for all that it
 * does not say, the graph tells: exports of SegFormer (and others that give "logits" [N, C, h, w]), arg-maxed
 * segmentations, CLIP, DINO and other vision transformers that give "last_hidden_state" need no description.
 * The files are read to the end before this returns and not needed afterwards. `options` may be NULL: all defaults;
 * for a file that nobody vouches for, set its memory_budget_bytes and operation_limit.
 * Free the handle with sgc_teacher_free().
 * SGC_E_IO: a file cannot be read; SGC_E_PATH: the network refers to a file outside its directory; SGC_E_FORMAT,
 * SGC_E_TRUNCATED: a file is damaged; SGC_E_UNSUPPORTED: operators or versions that this library does not have (the
 * message names all of them); SGC_E_ARG: the description has an unknown key or a value outside its range;
 * SGC_E_MISMATCH: description and network do not fit; SGC_E_LIMIT; SGC_E_NOMEM. */
SGC_API SGC_CHECK_RESULT sgc_status sgc_teacher_load(sgc_teacher **out_teacher, const char *path,
                                                     const sgc_engine_options *options);

/* Frees a teacher; calls that still run on it finish first, in their own threads, and trainers that have it keep it.
 * NULL: nothing to do, SGC_OK. SGC_E_HANDLE: it was freed before, or is not a teacher. */
SGC_API sgc_status sgc_teacher_free(sgc_teacher *teacher);

/* The description with all defaults ("kind", "input", "output", "mean", "std", "classes", ...), and the network's
 * "inputs", "outputs", "operators", "values" (the names of what is inside), "parameters" and versions: a JSON object.
 * A size query as sgc_tokenizer_info(). SGC_E_ARG: the buffer is too small. */
SGC_API SGC_CHECK_RESULT sgc_status sgc_teacher_info(size_t *out_size_bytes, char *buffer, size_t capacity_bytes,
                                                     const sgc_teacher *teacher);

/* What a teacher of kind "segmentation" or "features" gives for an image of width x height pixels: rows and columns of
 * its own grid, and channels: the classes of a segmentation, the numbers in one feature. Each out_ may be NULL.
 * Where the network does not state them, it is run on a black image of that size.
 * SGC_E_ARG: a side is below 1; SGC_E_LIMIT: the image is too large; SGC_E_STATE: a teacher of another kind;
 * SGC_E_MISMATCH: the network gives something else than its kind promises; further as sgc_teacher_run(). */
SGC_API SGC_CHECK_RESULT sgc_status sgc_teacher_shape(int32_t *out_rows, int32_t *out_columns, int32_t *out_channels,
                                                      const sgc_teacher *teacher, int32_t width, int32_t height);

/* What sgc_teacher_run() gives. The caller sets the pointers and capacities; the library fills the memory and the
 * counts. Arrays are dense and in row-major order, image after image. */
typedef struct sgc_teacher_answer {
    uint32_t struct_size;       /* sizeof(sgc_teacher_answer) */
    int32_t reserved;           /* 0 */
    size_t label_capacity;      /* how many elements fit into `labels` */
    uint16_t *labels;           /* may be NULL: the class id of each pixel, [images, height, width], 65535: none; of a
                                   segmentation. Fit for an sgc_label_map of SGC_LABEL_UINT16 with ignore_id 65535 */
    size_t feature_capacity;    /* how many floats fit into `features` */
    float *features;            /* may be NULL: the features, or a segmentation's scores before the best class is
                                   taken, [images, rows, columns, channels] */
    sgc_status *image_statuses; /* may be NULL; see sgc_teacher_run(); one for each image */
    int32_t rows;               /* out: rows of the features' grid */
    int32_t columns;            /* out: columns of the features' grid */
    int32_t channels;           /* out: numbers in one feature; 0 for a network that gives class ids alone */
    int32_t reserved_end;       /* 0 */
    size_t label_count;         /* out: images * height * width of a segmentation, else 0 */
    size_t feature_count;       /* out: images * rows * columns * channels */
} sgc_teacher_answer;

#define SGC_TEACHER_ANSWER_INIT {(uint32_t)sizeof(sgc_teacher_answer), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

/* Shows a batch of images, all of one width and height (SGC_E_MISMATCH otherwise), to a teacher. Images of any size are
 * brought to the size that the network needs; labels come at the images' own.
 * `image_count` may be 0, `images` may then be NULL: all counts become 0.
 * A size query: with `labels` and `features` NULL and both capacities 0 only the out fields are set. SGC_E_ARG: a
 * capacity is too small (the out fields are set), output memory overlaps an image, or `labels` is wanted of a teacher
 * that gives none.
 * SGC_E_NUMERIC: the network gave NaN or infinity for an image. Without `image_statuses`, the call ends with that
 * status and no array is to be trusted. With them, each image gets its own status; the labels of a bad one are 65535
 * and its features 0; the call's status is that of the first bad image.
 * SGC_E_STATE: a teacher of another kind; SGC_E_MISMATCH: the network gives something else than its kind promises;
 * SGC_E_RANGE: a pixel, or a class id that the description does not know; SGC_E_CANCELLED: sgc_cancel() was called. */
SGC_API SGC_CHECK_RESULT sgc_status sgc_teacher_run(sgc_teacher_answer *out_answer, const sgc_teacher *teacher,
                                                    const sgc_image *images, size_t image_count);

/* A value of a network: what goes in, or what is wanted of it. Its elements are dense and in row-major order. */
typedef struct sgc_tensor {
    uint32_t struct_size;  /* sizeof(sgc_tensor) */
    int32_t element_type;  /* ONNX's number of the type: 1 float, 2 uint8, 3 int8, 4 uint16, 5 int16, 6 int32, 7 int64,
                              9 bool, 10 float16, 11 double, 12 uint32, 13 uint64, 16 bfloat16; set in outputs */
    int32_t rank;          /* 0...8, how many of `shape` count; set in outputs */
    int32_t reserved;      /* 0 */
    int64_t shape[8];      /* set in outputs */
    const char *name;      /* in the network */
    void *data;            /* the elements; only read in inputs; may be NULL when there are none */
    size_t capacity_bytes; /* of an input, the bytes in `data`; of an output, how many fit into it */
    size_t size_bytes;     /* ignored in inputs; set in outputs: the bytes needed */
} sgc_tensor;

#define SGC_TENSOR_INIT {(uint32_t)sizeof(sgc_tensor), 0, 0, 0, {0, 0, 0, 0, 0, 0, 0, 0}, 0, 0, 0, 0}

/* Computes values of the network, outputs or any others inside it, by name, from the inputs that they depend on.
 * `inputs` may be NULL if `input_count` is 0. All sgc_tensor fields that are set in outputs are set when this returns
 * SGC_OK, and also when an output is too small (SGC_E_ARG); one with `data` NULL and `capacity_bytes` 0 asks for its
 * type, shape and size only.
 * SGC_E_ARG: a name that the network does not have or that is missing, or a type, rank or capacity that does not exist
 * or fit; SGC_E_MISMATCH: an input has another type or shape than the network's; SGC_E_RANGE, SGC_E_FORMAT: the
 * operators refuse what they were given (the message names the node); SGC_E_UNSUPPORTED; SGC_E_LIMIT: a value would
 * be too large, or the run would take more operations than allowed; SGC_E_CANCELLED: sgc_cancel() was called. */
SGC_API SGC_CHECK_RESULT sgc_status sgc_teacher_evaluate(sgc_tensor *outputs, size_t output_count,
                                                         const sgc_teacher *teacher, const sgc_tensor *inputs,
                                                         size_t input_count);

/* ---------------------------------------------------------------------------------------------------------- trainer */

/* A model in training with its optimizer, discriminator, codebook statistics and random state. One call at a time. */
typedef struct sgc_trainer sgc_trainer;

/* Creates a trainer with fresh weights from a configuration, a JSON object of at most 1 MiB; "{}" is all defaults.
 * The seed is one of its values; there is no hidden one. `options` may be NULL: all defaults.
 * Free the handle with sgc_trainer_free().
 * SGC_E_FORMAT: not JSON; SGC_E_ARG: an unknown key (the message names the nearest one) or a value outside its range;
 * SGC_E_NOMEM; SGC_E_LIMIT. */
SGC_API SGC_CHECK_RESULT sgc_status sgc_trainer_create(sgc_trainer **out_trainer, const char *configuration,
                                                       const sgc_engine_options *options);

/* Continues a training that sgc_trainer_save() wrote into `directory`, bit for bit as if it had not stopped. The
 * configuration is the saved one. `options` may be NULL. Statuses as sgc_tokenizer_load(). */
SGC_API SGC_CHECK_RESULT sgc_status sgc_trainer_resume(sgc_trainer **out_trainer, const char *directory,
                                                       const sgc_engine_options *options);

/* Frees a trainer. A call that still runs on it finishes first, in its own thread; cancel it before if it must not.
 * NULL: nothing to do, SGC_OK. SGC_E_HANDLE: it was freed before, or is not a trainer. */
SGC_API sgc_status sgc_trainer_free(sgc_trainer *trainer);

/* Lets the training learn from `teacher` from the next step on, in place of the one of its kind before:
 * "segmentation": gives the labels of batches that come without; its classes must be as many as
 * quantizer.semantics.classes; "features": adds 1 - cosine between a learned projection of the quantized latents and
 * the features, times loss.distillation_weight; "perceptual": adds its distance of images, times
 * loss.perceptual_weight.
 * The trainer keeps what it needs: the handle may be freed. NULL: takes all teachers away.
 * Checkpoints hold no teachers: after sgc_trainer_resume() each that the training had must be set again (or all taken
 * away with NULL), before that sgc_train_step() is SGC_E_STATE. An image for which a teacher gives NaN does not count
 * for it; the metrics "labels_failed" and "distillation_failed" are the shares of such images.
 * SGC_E_ARG: a teacher of kind "text" or "graph"; SGC_E_MISMATCH: another number of classes, or another network than
 * the training had before it was resumed; SGC_E_STATE: another call runs on this trainer. */
SGC_API SGC_CHECK_RESULT sgc_status sgc_trainer_set_teacher(sgc_trainer *trainer, const sgc_teacher *teacher);

/* Lets the training imitate `tokenizer`, which is mostly a larger one that is too slow for its place: the tokenizer's
 * codebook becomes the trainer's and stays as it is, so that tokens mean the same to both and either decodes the
 * other's, and the loss gets the squared distance of the latents, relative to the variance of the codes, times
 * loss.distillation_weight (which a teacher of kind "features" shares), in place of the quantizer's own losses.
 * The metrics are "latent_distillation" and "teacher_agreement", the share of equal tokens.
 * The configuration's "quantizer" must be the tokenizer's (sgc_tokenizer_info() has it), and so must the downsampling
 * factor. The trainer keeps what it needs: the handle may be freed. What the tokenizer computes counts in the trainer's
 * memory budget, its packed weights count in its own. As for teachers, a checkpoint does not hold it: after
 * sgc_trainer_resume() the same one, in the same precision, must be set again. sgc_trainer_set_teacher() with NULL
 * takes it away, too: then the codebook learns, and codes that the next batches do not hit are replaced.
 * SGC_E_MISMATCH: another quantizer or factor, or another tokenizer than the training had; SGC_E_STATE: steps were done
 * with codes of the training's own, or another call runs on this trainer; SGC_E_NOMEM. */
SGC_API SGC_CHECK_RESULT sgc_status sgc_trainer_imitate(sgc_trainer *trainer, const sgc_tokenizer *tokenizer);

/* The main figures of one training step. Losses are batch means; a figure that the configuration does not have (or that
 * was not measured in this step) is NaN. Raw losses are before their weights; `loss` is the weighted sum. */
typedef struct sgc_step_metrics {
    uint32_t struct_size;  /* sizeof(sgc_step_metrics) */
    int32_t skipped;       /* 1: a loss or gradient was not finite, and the step changed nothing; else 0 */
    int64_t step;          /* steps done so far, this one included: 1, 2, 3, ... */
    double loss;           /* weighted sum of the generator's losses */
    double reconstruction; /* raw; L1 or L2 as configured, pixels in -1...1 */
    double commitment;     /* raw */
    double semantic;       /* raw */
    double adversarial;    /* raw */
    double discriminator;  /* the discriminator's own loss */
    double usage;          /* share of the codebook used lately, 0...1 */
    double perplexity;     /* exp of the entropy of this batch's tokens, 1...K */
    double dead_codes;     /* entries not used lately, 0...K */
    double class_purity;   /* mean share of the majority class of the codes in use, 0...1 */
    double gradient_norm;  /* before clipping */
    double learning_rate;
    double images_per_second;
} sgc_step_metrics;

#define SGC_STEP_METRICS_INIT {(uint32_t)sizeof(sgc_step_metrics), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

/* Does one training step on a batch of 1 or more images of one size from the host's memory, and, if `labels` is not
 * NULL, on their label maps, one for each image. The image size must be what the configuration allows.
 * `out_metrics` may be NULL: not wanted. sgc_trainer_metrics() has all of them.
 * On any failure the trainer is as before the step. SGC_E_CANCELLED: sgc_cancel() was called.
 * SGC_E_STATE: another call runs on this trainer, or a teacher of a resumed training is missing
 * (sgc_trainer_set_teacher(), sgc_trainer_imitate()); SGC_E_MISMATCH: sizes differ, or labels are missing that the
 * configuration needs; SGC_E_RANGE: a pixel or class id; SGC_E_NUMERIC: a pixel is NaN, or the training diverged. */
SGC_API SGC_CHECK_RESULT sgc_status sgc_train_step(sgc_step_metrics *out_metrics, sgc_trainer *trainer,
                                                   const sgc_image *images, size_t image_count,
                                                   const sgc_label_map *labels);

/* Every metric of the last step as a JSON object of numbers (null where not finite), {"loss": 0.31, ...}; the fields of
 * sgc_step_metrics have their names here, too; "{}" before the first step.
 * A size query as sgc_tokenizer_info(). SGC_E_ARG: the buffer is too small. */
SGC_API SGC_CHECK_RESULT sgc_status sgc_trainer_metrics(size_t *out_size_bytes, char *buffer, size_t capacity_bytes,
                                                        sgc_trainer *trainer);

/* Writes everything that sgc_trainer_resume() needs into `directory`, which is made if missing (its parent must exist).
 * What a directory held before stays valid until the new files are complete and on the disk: a full disk, a kill or a
 * power cut loses nothing that existed. SGC_E_IO: cannot be written. */
SGC_API SGC_CHECK_RESULT sgc_status sgc_trainer_save(sgc_trainer *trainer, const char *directory);

/* Writes the model as it is now (EMA weights, if the configuration keeps them) into `directory`, for
 * sgc_tokenizer_load(). As safe as sgc_trainer_save(). SGC_E_IO: cannot be written. */
SGC_API SGC_CHECK_RESULT sgc_status sgc_trainer_export(sgc_trainer *trainer, const char *directory);

/* A tokenizer with a copy of the model as it is now (EMA weights, if the configuration keeps them). It goes on working
 * while the training goes on, and after the trainer is freed. Free it with sgc_tokenizer_free(). */
SGC_API SGC_CHECK_RESULT sgc_status sgc_trainer_snapshot(sgc_tokenizer **out_tokenizer, sgc_trainer *trainer);

/* Ends the calls that run on this tokenizer, teacher or trainer at this moment with SGC_E_CANCELLED: after the
 * operation in work in sgc_train_step() and in a teacher (a convolution of a very large batch may take some 100 ms),
 * and after the image in work in sgc_encode() and sgc_decode(). Returns at once; later calls are not touched, so it
 * does nothing when no call runs.
 * Async-signal-safe: may be called from a signal handler and from any thread; does not touch sgc_last_error().
 * SGC_E_HANDLE: not a live handle. */
SGC_API sgc_status sgc_cancel(const void *handle);

#ifdef __cplusplus
}
#endif

#endif /* SGC_H */
