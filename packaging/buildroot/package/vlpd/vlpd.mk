################################################################################
#
# vlpd
#
################################################################################

VLPD_VERSION = 0.1.0-dev
VLPD_LICENSE = MIT, BSD-3-Clause (golang.org/x)
VLPD_LICENSE_FILES = LICENSE
VLPD_GOMOD = vlpd

VLPD_SITE = $(call qstrip,$(BR2_PACKAGE_VLPD_SITE))
ifeq ($(VLPD_SITE),)
VLPD_SITE = $(realpath $(BR2_EXTERNAL_VLPD_PATH)/../..)
VLPD_SITE_METHOD = local
VLPD_OVERRIDE_SRCDIR_RSYNC_EXCLUSIONS = --exclude=/dist --exclude=/vlpd
endif

# This external tree may have been copied away from the sources.
define VLPD_CHECK_SOURCES
	[ -f $(SRCDIR)/version.go ] || \
		{ echo "no vlpd in $(SRCDIR): set BR2_PACKAGE_VLPD_SITE" >&2; exit 1; }
endef
VLPD_PRE_RSYNC_HOOKS += VLPD_CHECK_SOURCES

# A checkout has no vendor folder, and Buildroot makes one only for what it
# downloads.
define VLPD_VENDOR
	[ -d $(@D)/vendor ] || \
		(cd $(@D) && $(HOST_GO_COMMON_ENV) GOFLAGS=-mod=mod \
		GOPROXY=$(or $(GOPROXY),direct) $(GO_BIN) mod vendor -modcacherw)
endef
VLPD_PRE_CONFIGURE_HOOKS += VLPD_VENDOR

# A source tarball says its version and commit in a file, a checkout asks git.
VLPD_COMMIT = $(or $(word 2,$(shell cat $(@D)/release 2>/dev/null)), \
	$(shell git --git-dir=$(VLPD_SITE)/.git rev-parse --short=12 HEAD 2>/dev/null))

# Segments are laid out for the kernel's pages, not for the largest of all.
ifeq ($(BR2_arm),y)
VLPD_PAGE = 4096
else ifeq ($(BR2_aarch64)$(BR2_ARM64_PAGE_SIZE_64K),y)
VLPD_PAGE = 16384
endif

VLPD_GO_ENV = CGO_ENABLED=0
VLPD_LDFLAGS = \
	-s -w $(addprefix -R ,$(VLPD_PAGE)) \
	-X runtime.godebugDefault=asyncpreemptoff=1 \
	-X main.version=$(VLPD_VERSION) \
	$(addprefix -X main.commit=,$(VLPD_COMMIT)) \
	-X main.goarm=$(GO_GOARM)

# What the menu says becomes lines of /etc/default/vlpd: flags at the end of
# VLPD_ARGS, where the last one counts. An & is none of sed's.
VLPD_SERIAL = $(foreach line,$(call qstrip,$(BR2_PACKAGE_VLPD_SERIAL)),--serial $(line))
VLPD_WATCHDOG = $(addprefix --hw-watchdog ,$(call qstrip,$(BR2_PACKAGE_VLPD_WATCHDOG)))
VLPD_FLAGS = $(strip $(VLPD_WATCHDOG) $(call qstrip,$(BR2_PACKAGE_VLPD_ARGS)))
VLPD_DEFAULTS = \
	$(if $(VLPD_SERIAL),-e 's|^#*VLPD_SERIAL=.*|VLPD_SERIAL="$(subst &,\&,$(VLPD_SERIAL))"|') \
	$(if $(VLPD_FLAGS),-e '/^VLPD_ARGS="/$(comma)/^"$$/s|^"$$|$(subst &,\&,$(VLPD_FLAGS))\n"|') \
	-e 's|^VLPD_QUEUE=.*|VLPD_QUEUE="$(filter-out 0,$(BR2_PACKAGE_VLPD_QUEUE))"|'

define VLPD_INSTALL_FILES
	$(INSTALL) -D -m 0755 $(@D)/packaging/common/prepare \
		$(TARGET_DIR)/usr/libexec/vlpd/prepare
	$(INSTALL) -D -m 0644 $(@D)/packaging/common/default \
		$(TARGET_DIR)/etc/default/vlpd
	$(SED) '' $(VLPD_DEFAULTS) $(TARGET_DIR)/etc/default/vlpd
endef
VLPD_POST_INSTALL_TARGET_HOOKS += VLPD_INSTALL_FILES

define VLPD_INSTALL_INIT_SYSV
	$(INSTALL) -D -m 0755 $(@D)/packaging/busybox/S50vlpd \
		$(TARGET_DIR)/etc/init.d/S50vlpd
endef

define VLPD_INSTALL_INIT_SYSTEMD
	$(INSTALL) -D -m 0644 $(@D)/packaging/systemd/vlpd.service \
		$(TARGET_DIR)/usr/lib/systemd/system/vlpd.service
endef

define VLPD_INSTALL_INIT_OPENRC
	$(INSTALL) -D -m 0755 $(@D)/packaging/openrc/vlpd.initd \
		$(TARGET_DIR)/etc/init.d/vlpd
	$(INSTALL) -D -m 0644 $(@D)/packaging/openrc/vlpd.confd \
		$(TARGET_DIR)/etc/conf.d/vlpd
endef

define VLPD_USERS
	vlpd -1 vlpd -1 * - - dialout vlpd heartbeat observer
endef

# The evidence and the token; on a read-only root they are to be mounted.
define VLPD_PERMISSIONS
	/etc/vlpd d 750 root vlpd - - - - -
	/var/lib/vlpd d 750 vlpd vlpd - - - - -
endef

# The Go runtime: FUTEX, EPOLL, EVENTFD. Deadlines: TIMERFD. Nodes of serial
# lines: INOTIFY_USER. Audit file, lines and queue are locked: FILE_LOCKING.
# The user: MULTIUSER. /run: TMPFS. Below ARMv7 the Go runtime has its atomics and
# thread pointer from the kernel's helpers, and dies at once without: KUSER_HELPERS.
define VLPD_LINUX_CONFIG_FIXUPS
	$(call KCONFIG_ENABLE_OPT,CONFIG_ADVISE_SYSCALLS)
	$(call KCONFIG_ENABLE_OPT,CONFIG_EPOLL)
	$(call KCONFIG_ENABLE_OPT,CONFIG_EVENTFD)
	$(call KCONFIG_ENABLE_OPT,CONFIG_FILE_LOCKING)
	$(call KCONFIG_ENABLE_OPT,CONFIG_FUTEX)
	$(call KCONFIG_ENABLE_OPT,CONFIG_INET)
	$(call KCONFIG_ENABLE_OPT,CONFIG_INOTIFY_USER)
	$(if $(filter 5 6,$(GO_GOARM)),$(call KCONFIG_ENABLE_OPT,CONFIG_KUSER_HELPERS))
	$(call KCONFIG_ENABLE_OPT,CONFIG_MULTIUSER)
	$(call KCONFIG_ENABLE_OPT,CONFIG_NET)
	$(call KCONFIG_ENABLE_OPT,CONFIG_PROC_FS)
	$(call KCONFIG_ENABLE_OPT,CONFIG_PROC_SYSCTL)
	$(call KCONFIG_ENABLE_OPT,CONFIG_SYSFS)
	$(call KCONFIG_ENABLE_OPT,CONFIG_TIMERFD)
	$(call KCONFIG_ENABLE_OPT,CONFIG_TMPFS)
	$(call KCONFIG_ENABLE_OPT,CONFIG_TTY)
	$(call KCONFIG_ENABLE_OPT,CONFIG_UNIX)
endef

$(eval $(golang-package))
