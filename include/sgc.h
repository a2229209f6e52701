#ifndef SGC_H
#define SGC_H
#include <stdint.h>
#endif
