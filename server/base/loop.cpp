// Posts to Asio.
#include "base/loop.h"

#include <boost/asio/post.hpp>

#include "base/asio.h"

namespace swarmq {

void Loop::post(std::function<void()> work) { asio::post(context_, std::move(work)); }

}  // namespace swarmq
