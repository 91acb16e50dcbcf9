include $(sort $(wildcard $(BR2_EXTERNAL_VLPD_PATH)/package/*/*.mk))
