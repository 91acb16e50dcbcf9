package secure

// The library makes an object for each agent key, so each frame of a pid that
// is no sender costs two pieces of garbage: of 100 such in the test.
const allocsForNewSenders = 200
