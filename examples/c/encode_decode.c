/* Encodes a PPM image with a trained model, prints its tokens, and decodes them back into another PPM.
 *
 *     encode_decode MODEL INPUT.ppm OUTPUT.ppm
 */
#include <sgc.h>

#include <stdio.h>
#include <stdlib.h>

/* Ends the program with the library's message if a call failed. */
static void check(sgc_status status, const char *what) {
    if (status == SGC_OK)
        return;
    fprintf(stderr, "%s: %s: %s\n", what, sgc_status_name(status), sgc_last_error());
    exit(1);
}

/* Memory for `count` elements of `size` bytes, or the end of the program. */
static void *room(size_t count, size_t size) {
    void *memory = calloc(count ? count : 1, size);
    if (memory == NULL) {
        fprintf(stderr, "out of memory\n");
        exit(1);
    }
    return memory;
}

/* Reads a binary 8-bit PPM ("P6") without comments; NULL if it is none. */
static unsigned char *read_ppm(const char *path, int *width, int *height) {
    FILE *file = fopen(path, "rb");
    unsigned char *pixels = NULL;
    int largest = 0;
    if (file == NULL)
        return NULL;
    if (fscanf(file, "P6 %d %d %d", width, height, &largest) == 3 && fgetc(file) != EOF && largest == 255 &&
        *width > 0 && *height > 0 && *width <= 32768 && *height <= 32768) {
        size_t size = (size_t)*width * (size_t)*height * 3;
        pixels = room(size, 1);
        if (fread(pixels, 1, size, file) != size) {
            free(pixels);
            pixels = NULL;
        }
    }
    fclose(file);
    return pixels;
}

static int write_ppm(const char *path, const unsigned char *pixels, int width, int height) {
    FILE *file = fopen(path, "wb");
    size_t size = (size_t)width * (size_t)height * 3;
    int done;
    if (file == NULL)
        return 0;
    done = fprintf(file, "P6\n%d %d\n255\n", width, height) > 0 && fwrite(pixels, 1, size, file) == size;
    return fclose(file) == 0 && done;
}

int main(int count, char **arguments) {
    if (count != 4) {
        fprintf(stderr, "usage: %s MODEL INPUT.ppm OUTPUT.ppm\n", arguments[0]);
        return 2;
    }
    if (sgc_abi_version() != SGC_ABI_VERSION) {
        fprintf(stderr, "built for ABI %d, found libsgc %s\n", SGC_ABI_VERSION, sgc_version_string());
        return 1;
    }

    int width = 0, height = 0;
    unsigned char *pixels = read_ppm(arguments[2], &width, &height);
    if (pixels == NULL) {
        fprintf(stderr, "%s: expected a readable binary PPM with 8 bits per channel\n", arguments[2]);
        return 1;
    }

    sgc_tokenizer *tokenizer = NULL;
    check(sgc_tokenizer_load(&tokenizer, arguments[1], NULL), arguments[1]);

    /* Ask for the sizes first, then bring the memory. */
    sgc_image image = SGC_IMAGE_INIT;
    image.format = SGC_PIXEL_RGB8;
    image.data = pixels;
    image.width = width;
    image.height = height;
    sgc_encoding encoding = SGC_ENCODING_INIT;
    check(sgc_encode(&encoding, tokenizer, &image, 1), "size query");
    encoding.token_capacity = encoding.token_count;
    encoding.tokens = room(encoding.token_count, sizeof *encoding.tokens);
    encoding.classes = room(encoding.token_count, sizeof *encoding.classes);
    check(sgc_encode(&encoding, tokenizer, &image, 1), "encode");

    printf("%dx%d pixels, %d rows of %d tokens (class in parentheses)\n", width, height, encoding.rows,
           encoding.columns);
    for (int row = 0; row < encoding.rows; row++) {
        for (int column = 0; column < encoding.columns; column++) {
            int i = row * encoding.columns + column;
            printf("%5d(%d)", encoding.tokens[i], encoding.classes[i]);
        }
        printf("\n");
    }

    /* Decode over the input's memory: the tokens are all that is needed now. */
    sgc_mutable_image output = SGC_MUTABLE_IMAGE_INIT;
    output.format = SGC_PIXEL_RGB8;
    output.data = pixels;
    output.width = width;
    output.height = height;
    check(sgc_decode(&output, 1, tokenizer, encoding.tokens, encoding.token_count, encoding.rows, encoding.columns),
          "decode");
    if (!write_ppm(arguments[3], pixels, width, height)) {
        fprintf(stderr, "%s: cannot be written\n", arguments[3]);
        return 1;
    }
    check(sgc_tokenizer_free(tokenizer), "free");
    free(encoding.tokens);
    free(encoding.classes);
    free(pixels);
    return 0;
}
