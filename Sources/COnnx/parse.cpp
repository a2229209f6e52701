// Parsing, and the checker.
#include "model.h"

#include <climits>
#include <cstdio>
#include <exception>
#include <memory>
#include <new>
#include <onnx/checker.h>

namespace {

int fail(int status, const char *reason, char *message, size_t capacity) noexcept {
    if (capacity > 0)
        std::snprintf(message, capacity, "%s", reason);
    return status;
}

// Runs `body` and turns what it throws into a status.
template <typename Body> int guarded(char *message, size_t capacity, Body body) noexcept {
    try {
        // Protobuf logs to standard error what it does not like; counted, and process-wide while it lasts.
        google::protobuf::LogSilencer silencer;
        return body();
    } catch (const std::bad_alloc &) {
        return fail(CONNX_MEMORY, "no memory", message, capacity);
    } catch (const std::exception &error) {
        return fail(CONNX_FORMAT, error.what(), message, capacity);
    } catch (...) {
        return fail(CONNX_FORMAT, "unknown failure", message, capacity);
    }
}

// The field attribute_proto of FunctionProto.
constexpr int attribute_proto = 11;

bool read_defaults(connx_model &model) {
    model.defaults.resize(static_cast<size_t>(model.proto.functions_size()));
    for (int i = 0; i < model.proto.functions_size(); ++i) {
        const auto &unknown = model.proto.functions(i).unknown_fields();
        for (int j = 0; j < unknown.field_count(); ++j) {
            const auto &field = unknown.field(j);
            if (field.number() != attribute_proto ||
                field.type() != google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED)
                continue;
            onnx::AttributeProto attribute;
            if (!attribute.ParseFromString(field.length_delimited()))
                return false;
            model.defaults[static_cast<size_t>(i)].push_back(std::move(attribute));
        }
    }
    return true;
}

// Operators that the checker of libonnx 1.12 prints a warning about, in whatever domain, before it stops.
bool is_experimental(const std::string &op) {
    static constexpr const char *names[] = {
        "ATen",    "Affine",          "ConstantFill",       "Crop",
        "GRUUnit", "GivenTensorFill", "DynamicSlice",       "ImageScaler",
        "Scale",   "ScaledTanh",      "ParametricSoftplus",
    };
    for (const char *name : names)
        if (op == name)
            return true;
    return false;
}

void prepare(onnx::OperatorSetIdProto &opset) {
    // Two names of one domain, of which the checker knows one.
    if (opset.domain() == "ai.onnx")
        opset.set_domain("");
}

// Changes a node and notes the graphs in it.
void prepare(onnx::NodeProto &node, std::vector<onnx::GraphProto *> &graphs) {
    if (node.domain() == "ai.onnx")
        node.set_domain("");
    // Only functions of the file can still have such names.
    if (is_experimental(node.op_type()))
        node.mutable_op_type()->append("_");
    for (auto &attribute : *node.mutable_attribute()) {
        if (attribute.has_t())
            connx_empty(*attribute.mutable_t());
        if (attribute.has_g())
            graphs.push_back(attribute.mutable_g());
        // What nobody reads, in functions that nobody calls; the checker trusts the counts in sparse tensors.
        attribute.clear_sparse_tensor();
        attribute.clear_sparse_tensors();
        attribute.clear_tensors();
        attribute.clear_graphs();
    }
}

void prepare(onnx::ValueInfoProto &value) {
    // A value whose rank is open is legal, and the checker refuses it.
    if (value.has_type() && value.type().has_tensor_type())
        value.mutable_type()->mutable_tensor_type()->mutable_shape();
}

// Changes a model so that the checker looks at operators and names, and accepts what is legal.
void prepare(onnx::ModelProto &model) {
    // Equal keys are harmless, and the checker refuses them.
    model.clear_metadata_props();
    for (auto &opset : *model.mutable_opset_import())
        prepare(opset);
    std::vector<onnx::GraphProto *> graphs{model.mutable_graph()};
    for (auto &function : *model.mutable_functions()) {
        for (auto &opset : *function.mutable_opset_import())
            prepare(opset);
        for (auto &node : *function.mutable_node())
            prepare(node, graphs);
    }
    while (!graphs.empty()) {
        auto &graph = *graphs.back();
        graphs.pop_back();
        for (auto &value : *graph.mutable_input())
            prepare(value);
        for (auto &value : *graph.mutable_output())
            prepare(value);
        for (auto &tensor : *graph.mutable_initializer())
            connx_empty(tensor);
        graph.clear_sparse_initializer();
        for (auto &node : *graph.mutable_node())
            prepare(node, graphs);
    }
}

} // namespace

int connx_parse(const uint8_t *bytes, size_t count, connx_model **model, char *message, size_t capacity) {
    *model = nullptr;
    return guarded(message, capacity, [&] {
        if (count > INT_MAX)
            return fail(CONNX_FORMAT, "more than 2 GiB", message, capacity);
        auto parsed = std::make_unique<connx_model>();
        if (!parsed->proto.ParseFromArray(bytes, static_cast<int>(count)) || !read_defaults(*parsed))
            return fail(CONNX_FORMAT, "not an ONNX model", message, capacity);
        *model = parsed.release();
        return static_cast<int>(CONNX_OK);
    });
}

void connx_free(connx_model *model) {
    delete model;
}

int connx_check(connx_model *model, char *message, size_t capacity) {
    return guarded(message, capacity, [&] {
        prepare(model->proto);
        onnx::checker::check_model(model->proto);
        return static_cast<int>(CONNX_OK);
    });
}
