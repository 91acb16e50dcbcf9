/* A stub: see ../README.md. A device tree's alias is a variable of its name here. */
#ifndef STUB_DEVICE_H
#define STUB_DEVICE_H
#include <stdbool.h>
struct device {
	const char *name;
};
extern const struct device stub_alias_vlp_uart;
#define DT_ALIAS(alias) stub_alias_##alias
#define DEVICE_DT_GET(node) (&node)
bool device_is_ready(const struct device *dev);
#endif
