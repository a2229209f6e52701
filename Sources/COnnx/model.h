// What the handles of COnnx.h are.
#pragma once
#include "COnnx.h"

// libonnx is built with these two, and its headers do not say so.
#define ONNX_ML 1
#define ONNX_NAMESPACE onnx
#include <onnx/onnx_pb.h>

#include <vector>

struct connx_model {
    onnx::ModelProto proto;
    // Declared attributes with a default, per function: newer than libonnx, so they are among its unknown fields.
    std::vector<std::vector<onnx::AttributeProto>> defaults;
};

// Takes the elements away and leaves an empty tensor of the same name and type.
void connx_empty(onnx::TensorProto &tensor);
