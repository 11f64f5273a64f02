curl -X POST https://api.cimplify.io/v1/link/auth/request-otp \
-H "Content-Type: application/json" \
-d '{"contact":"+233244000000","contact_type":"phone"}'

curl -X POST https://api.cimplify.io/v1/link/auth/verify-otp \
-H "Content-Type: application/json" \
-d '{
"contact":"+233244000000",
"contact_type":"phone",
"otp_code":"123456"
}'

curl -X POST https://api.cimplify.io/v1/link/auth/logout \
-H "Authorization: Bearer lnk_…"

curl https://api.cimplify.io/v1/link/data \
-H "Authorization: Bearer lnk_…"

curl -X POST https://api.cimplify.io/v1/link/check-status \
-H "Content-Type: application/json" \
-d '{"contact":"+233244000000"}'

curl -X POST https://api.cimplify.io/v1/link/enroll \
-H "Authorization: Bearer lnk_…" \
-H "Idempotency-Key: 91f3…" \
-d '{"contact":"+233244000000","name":"Jane Doe"}'

curl -X POST https://api.cimplify.io/v1/link/enroll-and-link-order \
-H "Authorization: Bearer lnk_…" \
-d '{
"order_id": "ord_…",
"business_id": "bus_…",
"address": { "label":"Home", "street_address":"…", "city":"Accra", "region":"GA" },
"mobile_money": { "phone_number":"+233244000000", "provider":"mtn", "label":"My MTN" },
"order_type": "delivery"
}'

curl -X POST https://api.cimplify.io/v1/link/preferences \
-H "Authorization: Bearer lnk_…" \
-d '{
"preferred_order_type":"delivery",
"default_address_id":"addr_…",
"notify_on_order": true
}'

curl -X POST https://api.cimplify.io/v1/link/addresses \
-H "Authorization: Bearer lnk_…" \
-H "Idempotency-Key: 4a82…" \
-d '{
"label":"Home",
"street_address":"12 Independence Ave",
"apartment":"Flat 3",
"city":"Accra",
"region":"Greater Accra",
"country":"GH"
}'

curl -X POST https://api.cimplify.io/v1/link/mobile-money \
-H "Authorization: Bearer lnk_…" \
-d '{
"phone_number":"+233244000000",
"provider":"telecel",
"label":"My main account"
}'
