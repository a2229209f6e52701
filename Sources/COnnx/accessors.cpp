// Accessors. Const getters of protobuf messages allocate and throw nothing, hence `noexcept` throughout.
#include "model.h"

namespace {

connx_text text(const std::string &string) noexcept {
    return {string.data(), string.size()};
}

const onnx::GraphProto &in(const connx_graph *graph) noexcept {
    return *reinterpret_cast<const onnx::GraphProto *>(graph);
}
const onnx::NodeProto &in(const connx_node *node) noexcept {
    return *reinterpret_cast<const onnx::NodeProto *>(node);
}
const onnx::AttributeProto &in(const connx_attribute *attribute) noexcept {
    return *reinterpret_cast<const onnx::AttributeProto *>(attribute);
}
const onnx::TensorProto &in(const connx_tensor *tensor) noexcept {
    return *reinterpret_cast<const onnx::TensorProto *>(tensor);
}
const onnx::ValueInfoProto &in(const connx_value *value) noexcept {
    return *reinterpret_cast<const onnx::ValueInfoProto *>(value);
}
const onnx::FunctionProto &in(const connx_function *function) noexcept {
    return *reinterpret_cast<const onnx::FunctionProto *>(function);
}

const connx_graph *out(const onnx::GraphProto &graph) noexcept {
    return reinterpret_cast<const connx_graph *>(&graph);
}
const connx_node *out(const onnx::NodeProto &node) noexcept {
    return reinterpret_cast<const connx_node *>(&node);
}
const connx_attribute *out(const onnx::AttributeProto &attribute) noexcept {
    return reinterpret_cast<const connx_attribute *>(&attribute);
}
// Not const, for connx_tensor_release; every model is made by connx_parse and none of its tensors is.
connx_tensor *out(const onnx::TensorProto &tensor) noexcept {
    return reinterpret_cast<connx_tensor *>(const_cast<onnx::TensorProto *>(&tensor));
}
const connx_value *out(const onnx::ValueInfoProto &value) noexcept {
    return reinterpret_cast<const connx_value *>(&value);
}

int at(size_t index) noexcept {
    return static_cast<int>(index);
}
size_t count(int number) noexcept {
    return static_cast<size_t>(number);
}

// A text field that is newer than libonnx; empty when it is not there. The last one counts, as in protobuf.
template <typename Message> connx_text newer_text(const Message &message, int number) noexcept {
    const auto &unknown = message.unknown_fields();
    for (int i = unknown.field_count() - 1; i >= 0; --i) {
        const auto &field = unknown.field(i);
        if (field.number() == number && field.type() == google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED)
            return text(field.length_delimited());
    }
    return {"", 0};
}

// The fields called `overload` of NodeProto and FunctionProto.
constexpr int node_overload = 8;
constexpr int function_overload = 13;

} // namespace

void connx_model_read(const connx_model *model, connx_model_info *info) {
    const auto &proto = model->proto;
    info->ir_version = proto.ir_version();
    info->producer_name = text(proto.producer_name());
    info->producer_version = text(proto.producer_version());
    info->opsets = count(proto.opset_import_size());
    info->metadata = count(proto.metadata_props_size());
    info->functions = count(proto.functions_size());
    info->training = count(proto.training_info_size());
    info->graph = out(proto.graph());
}

connx_opset connx_model_opset(const connx_model *model, size_t index) {
    const auto &opset = model->proto.opset_import(at(index));
    return {text(opset.domain()), opset.version()};
}

connx_entry connx_model_metadata(const connx_model *model, size_t index) {
    const auto &entry = model->proto.metadata_props(at(index));
    return {text(entry.key()), text(entry.value())};
}

const connx_function *connx_model_function(const connx_model *model, size_t index) {
    return reinterpret_cast<const connx_function *>(&model->proto.functions(at(index)));
}

void connx_graph_read(const connx_graph *graph, connx_graph_info *info) {
    const auto &proto = in(graph);
    info->name = text(proto.name());
    info->nodes = count(proto.node_size());
    info->initializers = count(proto.initializer_size());
    info->sparse_initializers = count(proto.sparse_initializer_size());
    info->inputs = count(proto.input_size());
    info->outputs = count(proto.output_size());
}

const connx_node *connx_graph_node(const connx_graph *graph, size_t index) {
    return out(in(graph).node(at(index)));
}

connx_tensor *connx_graph_initializer(const connx_graph *graph, size_t index) {
    return out(in(graph).initializer(at(index)));
}

const connx_value *connx_graph_input(const connx_graph *graph, size_t index) {
    return out(in(graph).input(at(index)));
}

const connx_value *connx_graph_output(const connx_graph *graph, size_t index) {
    return out(in(graph).output(at(index)));
}

void connx_node_read(const connx_node *node, connx_node_info *info) {
    const auto &proto = in(node);
    info->name = text(proto.name());
    info->op = text(proto.op_type());
    info->domain = text(proto.domain());
    info->overload = newer_text(proto, node_overload);
    info->inputs = count(proto.input_size());
    info->outputs = count(proto.output_size());
    info->attributes = count(proto.attribute_size());
}

connx_text connx_node_input(const connx_node *node, size_t index) {
    return text(in(node).input(at(index)));
}

connx_text connx_node_output(const connx_node *node, size_t index) {
    return text(in(node).output(at(index)));
}

const connx_attribute *connx_node_attribute(const connx_node *node, size_t index) {
    return out(in(node).attribute(at(index)));
}

void connx_attribute_read(const connx_attribute *attribute, connx_attribute_info *info) {
    const auto &proto = in(attribute);
    info->name = text(proto.name());
    info->reference = text(proto.ref_attr_name());
    info->type = proto.has_type() ? static_cast<int32_t>(proto.type()) : CONNX_UNDEFINED;
    info->values = 0;
    info->found = CONNX_UNDEFINED;
    const auto found = [info](bool is_there, int32_t type) noexcept {
        if (!is_there)
            return;
        ++info->values;
        info->found = type;
    };
    found(proto.has_f(), CONNX_FLOAT);
    found(proto.has_i(), CONNX_INT);
    found(proto.has_s(), CONNX_STRING);
    found(proto.has_t(), CONNX_TENSOR);
    found(proto.has_g(), CONNX_GRAPH);
    found(proto.floats_size() > 0, CONNX_FLOATS);
    found(proto.ints_size() > 0, CONNX_INTS);
    found(proto.strings_size() > 0, CONNX_STRINGS);
    found(proto.has_tp(), CONNX_OTHER);
    found(proto.has_sparse_tensor(), CONNX_OTHER);
    found(proto.tensors_size() > 0, CONNX_OTHER);
    found(proto.graphs_size() > 0, CONNX_OTHER);
    found(proto.sparse_tensors_size() > 0, CONNX_OTHER);
    found(proto.type_protos_size() > 0, CONNX_OTHER);
    info->real = proto.f();
    info->integer = proto.i();
    info->text = text(proto.s());
    info->graph = proto.has_g() ? out(proto.g()) : nullptr;
    info->tensor = proto.has_t() ? out(proto.t()) : nullptr;
    info->reals = proto.floats().data();
    info->real_count = count(proto.floats_size());
    info->integers = proto.ints().data();
    info->integer_count = count(proto.ints_size());
    info->text_count = count(proto.strings_size());
}

connx_text connx_attribute_text(const connx_attribute *attribute, size_t index) {
    return text(in(attribute).strings(at(index)));
}

void connx_function_read(const connx_model *model, size_t function, connx_function_info *info) {
    const auto &proto = model->proto.functions(at(function));
    info->name = text(proto.name());
    info->domain = text(proto.domain());
    info->overload = newer_text(proto, function_overload);
    info->inputs = count(proto.input_size());
    info->outputs = count(proto.output_size());
    info->attributes = count(proto.attribute_size());
    info->defaults = model->defaults[function].size();
    info->nodes = count(proto.node_size());
    info->opsets = count(proto.opset_import_size());
}

connx_text connx_function_input(const connx_function *function, size_t index) {
    return text(in(function).input(at(index)));
}

connx_text connx_function_output(const connx_function *function, size_t index) {
    return text(in(function).output(at(index)));
}

connx_text connx_function_attribute(const connx_function *function, size_t index) {
    return text(in(function).attribute(at(index)));
}

const connx_attribute *connx_function_default(const connx_model *model, size_t function, size_t index) {
    return out(model->defaults[function][index]);
}

const connx_node *connx_function_node(const connx_function *function, size_t index) {
    return out(in(function).node(at(index)));
}

connx_opset connx_function_opset(const connx_function *function, size_t index) {
    const auto &opset = in(function).opset_import(at(index));
    return {text(opset.domain()), opset.version()};
}

void connx_tensor_read(const connx_tensor *tensor, connx_tensor_info *info) {
    const auto &proto = in(tensor);
    info->name = text(proto.name());
    info->type = proto.data_type();
    info->dimensions = proto.dims().data();
    info->rank = count(proto.dims_size());
    info->is_external = proto.has_data_location() && proto.data_location() == onnx::TensorProto::EXTERNAL;
    info->is_segment = proto.has_segment();
    info->external_entries = count(proto.external_data_size());
    info->raw = text(proto.raw_data());
    info->floats = proto.float_data().data();
    info->float_count = count(proto.float_data_size());
    info->ints32 = proto.int32_data().data();
    info->int32_count = count(proto.int32_data_size());
    info->ints64 = proto.int64_data().data();
    info->int64_count = count(proto.int64_data_size());
    info->doubles = proto.double_data().data();
    info->double_count = count(proto.double_data_size());
    info->uints64 = proto.uint64_data().data();
    info->uint64_count = count(proto.uint64_data_size());
    info->string_count = count(proto.string_data_size());
}

connx_entry connx_tensor_external(const connx_tensor *tensor, size_t index) {
    const auto &entry = in(tensor).external_data(at(index));
    return {text(entry.key()), text(entry.value())};
}

void connx_empty(onnx::TensorProto &tensor) {
    // Clearing keeps the memory; swapping with an empty one does not.
    onnx::TensorProto rest;
    rest.set_name(tensor.name());
    rest.set_data_type(tensor.data_type());
    rest.add_dims(0);
    tensor.Swap(&rest);
}

void connx_tensor_release(connx_tensor *tensor) {
    try {
        connx_empty(*reinterpret_cast<onnx::TensorProto *>(tensor));
    } catch (...) {
        // No memory for an empty tensor: the elements stay until the model goes.
    }
}

void connx_value_read(const connx_value *value, connx_value_info *info) {
    const auto &proto = in(value);
    const auto &type = proto.type();
    const auto kind = type.value_case();
    info->name = text(proto.name());
    info->kind = kind == onnx::TypeProto::kTensorType     ? CONNX_TENSOR_TYPE
                 : kind == onnx::TypeProto::VALUE_NOT_SET ? CONNX_NO_TYPE
                                                          : CONNX_OTHER_TYPE;
    info->element_type = type.tensor_type().elem_type();
    info->has_shape = type.tensor_type().has_shape();
    info->rank = count(type.tensor_type().shape().dim_size());
}

connx_extent connx_value_extent(const connx_value *value, size_t index) {
    const auto &extent = in(value).type().tensor_type().shape().dim(at(index));
    return {extent.has_dim_value(), extent.dim_value(), text(extent.dim_param())};
}
