/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the file formats share. */
#ifndef PROBETOP_OUT_H
#define PROBETOP_OUT_H

#include <stdio.h>

#include "view.h"

/* A JSON string of raw kernel bytes: escaped as on the screen, then for JSON. */
void json_raw(FILE *out, const char *raw, size_t len);
/* A JSON string of the project's own text, or of a fixed-size array that may lack its NUL. */
void json_text(FILE *out, const char *text);
void json_array(FILE *out, const char *array, size_t size);
/* A folded figure: null where it is not known; thousandths as a decimal fraction. */
void json_figure(FILE *out, int64_t value, bool milli);
/* {"seen":...} */
void json_loss(FILE *out, const struct loss_rec *loss);
const char *pane_id_name(enum pane_id pane);

#endif
