// Reading ONNX files, over libonnx and protobuf: what the file says, without judging it, and libonnx's own checker.
//
// No C++ exception leaves a function. Nothing here opens a file, prints, or keeps state between calls. What a handle
// lends (texts, arrays, other handles) lives as long as the model, except where a function says that it takes it away.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// What came of a call.
enum {
    CONNX_OK = 0,
    CONNX_FORMAT = 1, // not an ONNX file, or refused by the checker
    CONNX_MEMORY = 2, // no memory
};

// Parts of a model; never NULL where the descriptions below do not say so.
typedef struct connx_model connx_model;
typedef struct connx_graph connx_graph;
typedef struct connx_node connx_node;
typedef struct connx_attribute connx_attribute;
typedef struct connx_tensor connx_tensor;
typedef struct connx_value connx_value;
typedef struct connx_function connx_function;

// Bytes that should be UTF-8; not NUL-terminated.
typedef struct {
    const char *bytes;
    size_t count;
} connx_text;

typedef struct {
    connx_text key;
    connx_text value;
} connx_entry;

typedef struct {
    connx_text domain;
    int64_t version;
} connx_opset;

typedef struct {
    int64_t ir_version; // 0: missing
    connx_text producer_name;
    connx_text producer_version;
    size_t opsets;
    size_t metadata;
    size_t functions;
    size_t training; // training_info entries, which cannot be read
    const connx_graph *graph;
} connx_model_info;

typedef struct {
    connx_text name;
    size_t nodes;
    size_t initializers;
    size_t sparse_initializers; // which cannot be read
    size_t inputs;
    size_t outputs;
} connx_graph_info;

typedef struct {
    connx_text name;
    connx_text op;
    connx_text domain;
    connx_text overload;
    size_t inputs;
    size_t outputs;
    size_t attributes;
} connx_node_info;

typedef struct {
    connx_text name;
    connx_text domain;
    connx_text overload;
    size_t inputs;
    size_t outputs;
    size_t attributes; // declared without a default
    size_t defaults;   // declared with one
    size_t nodes;
    size_t opsets;
} connx_function_info;

// Which value an attribute holds; the numbers are those of the format (AttributeProto.AttributeType).
enum {
    CONNX_UNDEFINED = 0,
    CONNX_FLOAT = 1,
    CONNX_INT = 2,
    CONNX_STRING = 3,
    CONNX_TENSOR = 4,
    CONNX_GRAPH = 5,
    CONNX_FLOATS = 6,
    CONNX_INTS = 7,
    CONNX_STRINGS = 8,
    // Kinds that cannot be read: tensors, graphs, sparse tensors, types.
    CONNX_OTHER = -1,
};

typedef struct {
    connx_text name;
    connx_text reference; // empty, or the attribute of the surrounding function whose value this is
    int32_t type;         // CONNX_UNDEFINED when missing
    size_t values;        // how many of the format's value fields are there
    int32_t found;        // the type that belongs to one of them; CONNX_UNDEFINED when none is there
    float real;
    int64_t integer;
    connx_text text;
    const connx_graph *graph; // NULL: none
    connx_tensor *tensor;     // NULL: none
    const float *reals;
    size_t real_count;
    const int64_t *integers;
    size_t integer_count;
    size_t text_count;
} connx_attribute_info;

typedef struct {
    connx_text name;
    int32_t type; // TensorProto.DataType; 0: missing
    const int64_t *dimensions;
    size_t rank;
    bool is_external;
    bool is_segment;
    size_t external_entries;
    // The fields that may hold elements; empty ones have count 0.
    connx_text raw;
    const float *floats;
    size_t float_count;
    const int32_t *ints32;
    size_t int32_count;
    const int64_t *ints64;
    size_t int64_count;
    const double *doubles;
    size_t double_count;
    const uint64_t *uints64;
    size_t uint64_count;
    size_t string_count;
} connx_tensor_info;

// What kind of type a value is said to have.
enum {
    CONNX_NO_TYPE = 0,
    CONNX_TENSOR_TYPE = 1,
    CONNX_OTHER_TYPE = 2, // sequence, map, optional, sparse tensor
};

typedef struct {
    connx_text name;
    int32_t kind;         // CONNX_NO_TYPE...
    int32_t element_type; // TensorProto.DataType; 0: missing
    bool has_shape;
    size_t rank;
} connx_value_info;

typedef struct {
    bool is_fixed;
    int64_t extent;       // where is_fixed
    connx_text parameter; // else; may be empty
} connx_extent;

// Parses a model. The caller has bounded count (at most INT32_MAX), nesting and the number of parts.
// message: on failure one NUL-terminated sentence, at most capacity bytes with the NUL.
int connx_parse(const uint8_t *bytes, size_t count, connx_model **model, char *message, size_t capacity);

void connx_free(connx_model *model);

// Runs libonnx's checker, which knows files up to CONNX_CHECKED_IR and operator sets up to CONNX_CHECKED_OPSET.
// Takes all elements of tensors, all metadata and all names of other files away first: the caller has judged them, and
// the checker would look for those files.
int connx_check(connx_model *model, char *message, size_t capacity);
enum { CONNX_CHECKED_IR = 8, CONNX_CHECKED_OPSET = 17 };

void connx_model_read(const connx_model *model, connx_model_info *info);
connx_opset connx_model_opset(const connx_model *model, size_t index);
connx_entry connx_model_metadata(const connx_model *model, size_t index);
const connx_function *connx_model_function(const connx_model *model, size_t index);

void connx_graph_read(const connx_graph *graph, connx_graph_info *info);
const connx_node *connx_graph_node(const connx_graph *graph, size_t index);
connx_tensor *connx_graph_initializer(const connx_graph *graph, size_t index);
const connx_value *connx_graph_input(const connx_graph *graph, size_t index);
const connx_value *connx_graph_output(const connx_graph *graph, size_t index);

void connx_node_read(const connx_node *node, connx_node_info *info);
connx_text connx_node_input(const connx_node *node, size_t index);
connx_text connx_node_output(const connx_node *node, size_t index);
const connx_attribute *connx_node_attribute(const connx_node *node, size_t index);

void connx_attribute_read(const connx_attribute *attribute, connx_attribute_info *info);
connx_text connx_attribute_text(const connx_attribute *attribute, size_t index);

// The function's index is its place in the model.
void connx_function_read(const connx_model *model, size_t function, connx_function_info *info);
connx_text connx_function_input(const connx_function *function, size_t index);
connx_text connx_function_output(const connx_function *function, size_t index);
connx_text connx_function_attribute(const connx_function *function, size_t index);
const connx_attribute *connx_function_default(const connx_model *model, size_t function, size_t index);
const connx_node *connx_function_node(const connx_function *function, size_t index);
connx_opset connx_function_opset(const connx_function *function, size_t index);

void connx_tensor_read(const connx_tensor *tensor, connx_tensor_info *info);
connx_entry connx_tensor_external(const connx_tensor *tensor, size_t index);

// Gives back the memory of the tensor's elements; pointers to them end here.
void connx_tensor_release(connx_tensor *tensor);

void connx_value_read(const connx_value *value, connx_value_info *info);
connx_extent connx_value_extent(const connx_value *value, size_t index);

#ifdef __cplusplus
}
#endif
