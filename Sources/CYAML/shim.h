// libyaml imports whole; this header only names it.
#ifndef MESHTOP_CYAML_H
#define MESHTOP_CYAML_H
#include <yaml.h>
#endif
