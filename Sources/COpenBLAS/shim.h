// LAPACK inside OpenBLAS (libopenblas-dev), by its Fortran symbols: Debian's build has no LAPACKE.
#pragma once

// Eigenvalues (ascending, into w) and eigenvectors (columns of a) of the symmetric matrix a [n, n], double precision.
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w, double *work,
             const int *lwork, int *iwork, const int *liwork, int *info);
