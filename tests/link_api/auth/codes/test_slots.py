"""On Redis Cluster the keys of one script lie in one slot."""

from redis.crc import key_slot

from link_api.auth.codes import redis_keys


def test_the_keys_of_a_contact_lie_in_one_slot() -> None:
    """Whatever the binding, which may hold any origin, and the key."""
    bindings = ("", "https://shop.example", "bus_0123456789abcdef https://{x}.example")
    keys = [redis_keys.codes("c", binding) for binding in bindings]
    keys += [redis_keys.messages("c"), redis_keys.proved_networks("c"), redis_keys.strangers("c")]
    keys += [redis_keys.wrong_tries("c"), redis_keys.spent_code("c", "k")]
    keys.append(redis_keys.counted_at("c"))

    assert len(set(keys)) == len(keys)
    assert len({key_slot(key.encode()) for key in keys}) == 1


def test_the_keys_of_the_deployment_lie_in_one_slot() -> None:
    """Apart from contacts and networks, whose counts are scripts of their own."""
    keys = [redis_keys.MESSAGES_UNPROVED, redis_keys.MESSAGES_PROVED, redis_keys.TOLD_EVENTS]
    keys += [redis_keys.messages_of_site("s"), redis_keys.messages_to_phone("c")]

    assert len({key_slot(key.encode()) for key in keys}) == 1
