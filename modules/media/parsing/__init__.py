"""Reading feeds: RSS, Atom and JSON Feed from bytes nobody vouches for to items that are bounded and plain."""

from modules.media.parsing.feed import BadFeed, FeedItem, read_feed

__all__ = ["BadFeed", "FeedItem", "read_feed"]
