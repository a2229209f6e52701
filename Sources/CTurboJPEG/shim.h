// TurboJPEG (libturbojpeg0-dev).
#pragma once
#include <turbojpeg.h>
