// Package cclient holds clients/c/vlp.h against the codec of this module: a C
// program, src/filter.c, answers to records, and what it says must be what packages
// vlp and secure and the libraries say. There is nothing to import here, only
// tests; `test/cclient/run` has more of them.
//
//	CCLIENT_FILTER   a command that is the filter, built elsewhere: with
//	                 sanitizers, for another processor; else cc builds it
//	CCLIENT_FRAMES   how many records of each kind; 20000 if not set
//	CCLIENT_SEED     where the random numbers begin; 1 if not set
package cclient
