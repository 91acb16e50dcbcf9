// put_char where there is a C library.
#include <stdio.h>

#ifdef __cplusplus
extern "C"
#endif
void put_char(char c);

void put_char(char c) { putchar(c); }
