#include "CHost.h"

static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t *table[CHOST_FORK_LOCKS];
static int table_count;
static bool registered;

static void before_fork(void) {
    pthread_mutex_lock(&table_lock);
    for (int i = 0; i < table_count; i++)
        pthread_mutex_lock(table[i]);
}

/* The child's only thread is the copy of the one that locked, so it may unlock. */
static void after_fork(void) {
    for (int i = table_count; i-- > 0;)
        pthread_mutex_unlock(table[i]);
    pthread_mutex_unlock(&table_lock);
}

bool chost_lock_across_fork(pthread_mutex_t *mutex) {
    pthread_mutex_lock(&table_lock);
    if (!registered)
        registered = pthread_atfork(before_fork, after_fork, after_fork) == 0;
    bool fits = registered && table_count < CHOST_FORK_LOCKS;
    if (fits)
        table[table_count++] = mutex;
    pthread_mutex_unlock(&table_lock);
    return fits;
}
