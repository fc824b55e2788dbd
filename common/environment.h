/* Variables of the environment that one program sets for another. */
#ifndef ENVIRONMENT_H
#define ENVIRONMENT_H

#include <stdbool.h>

/* Sets the variable, or unsets it if value is null.  Ends the program with a
 * sentence if there is no memory. */
void environment_set(const char *name, const char *value);

/* The same with a number, or with two, as in "3,4". */
void environment_set_number(const char *name, int number);
void environment_set_pair(const char *name, int first, int second);

/* What those have set; -1, or false and both -1, if nothing or something else
 * is there. */
int environment_number(const char *name);
bool environment_pair(const char *name, int *first, int *second);

#endif
