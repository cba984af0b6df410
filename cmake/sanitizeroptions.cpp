// Linked into every program of a sanitizer build. Not in the environment: sshd and the runtime hand
// a new one to what they start.

#define LOG "log_path=" EDGEWRIGHT_REPORTS

// Reports go to files, as nobody reads the standard error of a program that a test starts and
// kills. ctest's sanitizer_reports fails when a run left any.
extern "C" {

const char *__asan_default_options()
{
    return LOG;
}

/// A coroutine's stack is none of its thread's, so ASan does not clean it when an exception passes
/// (https://github.com/google/sanitizers/issues/189). The first to stumble over what is left is
/// ASan itself, which asks for the signal stack at the next one.
const char *__asan_default_suppressions()
{
    return "interceptor_name:sigaltstack";
}

const char *__ubsan_default_options()
{
    return LOG ":print_stacktrace=1";
}

const char *__lsan_default_options()
{
    return "print_suppressions=0:suppressions=" EDGEWRIGHT_SUPPRESSIONS;
}

const char *__tsan_default_options()
{
    return LOG;
}
}
