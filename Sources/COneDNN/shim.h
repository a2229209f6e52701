// oneDNN's C interface (libdnnl-dev 2.6).
#pragma once
#include <oneapi/dnnl/dnnl.h>
