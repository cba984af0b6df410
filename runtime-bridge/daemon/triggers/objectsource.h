#pragma once

#include "runtime-bridge/daemon/triggers/bucketwatch.h"
#include "runtime-bridge/daemon/triggers/triggersource.h"

#include <deque>
#include <memory>

namespace runtime {

/// Tells the function of files that came into a folder or went, as an object store does. Several at
/// once, as many as the function may have workers; what failed is counted and not tried again.
class ObjectSource final : public TriggerSource
{
public:
    ObjectSource(TriggerContext context, ObjectTrigger trigger);

    void start() override;

private:
    [[nodiscard]] std::string words() const override;
    [[nodiscard]] bool isFailing() const override { return !m_trouble.empty(); }
    void onStop() override { m_watch.reset(); }
    void onFrozen(bool) override { pump(); }
    void onChange(BucketChange change);
    [[nodiscard]] bool isWanted(const BucketChange &change) const;
    void pump();

    ObjectTrigger m_trigger;
    std::filesystem::path m_folder;
    std::unique_ptr<BucketWatch> m_watch;
    std::deque<BucketChange> m_waiting;
    int m_running = 0;
    std::string m_trouble;
};

/// The event of \a change in \a bucket, whose files lie below \a folder, for \a dialect.
[[nodiscard]] std::string objectEvent(const std::string &function, const std::string &dialect,
                                      const std::string &bucket, const BucketChange &change,
                                      const std::filesystem::path &folder);

} // namespace runtime
