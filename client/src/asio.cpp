// Compiles Asio once for the client library.
#include <boost/asio/impl/src.hpp>
