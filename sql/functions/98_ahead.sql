-- A fresh installation can enqueue at once: the partitions are there before anybody calls upkeep().

do $$ begin
  perform from pgsched._upkeep as u where u.step = 'partitions' for update;   -- not beside an upkeep() that makes them
  perform pgsched._make_partitions(pgsched.clock(), 1000);
end $$;
