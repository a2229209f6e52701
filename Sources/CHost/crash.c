/* Keeps the Swift runtime from installing crash handlers in the host.
 *
 * When the runtime finds a toolchain (SWIFT_ROOT set, or a swift-backtrace beside the library) it installs handlers for
 * seven signals and an alternate signal stack while the library loads. A library must not do that to its host. Defined
 * here, this function takes the place of the one in the static runtime's archive, whose object file is then not linked.
 * Putting the table back from a constructor does not work: the linkers run the runtime's constructor after all of ours.
 * Tests/python/test_host.py compares the table before and after loading. */
int _swift_installCrashHandler(void);

/* Returns success to a runtime that asks for its handlers. */
int _swift_installCrashHandler(void) {
    return 0;
}
