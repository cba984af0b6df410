#pragma once

#include "runtime-bridge/base/error.h"

#include <QByteArray>
#include <QObject>

namespace runtime {

/// Carries bytes to and from one runtime, in order. Lives on the thread of its owner, whatever
/// thread does the work below it.
///
/// open() is answered by opened() or closed(), once. After closed() nothing more comes and a
/// channel is not opened again: make a new one.
class Channel : public QObject
{
    Q_OBJECT

public:
    using QObject::QObject;

    virtual void open() = 0;
    virtual void send(const QByteArray &bytes) = 0; ///< Ignored unless open.
    virtual void close() = 0;                       ///< No signal follows.

Q_SIGNALS:
    void opened();
    void received(const QByteArray &bytes);
    /// The other side took bytes of a long message: it is alive, though it says nothing.
    void progressed();
    void closed(const runtime::Error &error);
};

} // namespace runtime
